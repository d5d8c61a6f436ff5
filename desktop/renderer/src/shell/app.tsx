import type { BrowserSession } from '@agentfleet/contract';
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { queries } from '../base/queries.js';
import { TransportContext } from '../base/transport-context.js';
import { useLate } from '../base/use-late.js';
import { type Transport, TransportError } from '../transport/transport.js';
import { toast } from '../ui/toasts.js';
import { takeOneTimeCode } from './one-time-code.js';
import { Shell } from './shell.js';
import { SignIn } from './sign-in.js';

type Identity =
  | { state: 'unknown' }
  /** `unreachable`: nobody knows yet, and it is asked again. */
  | { state: 'out'; reason?: string; unreachable?: boolean }
  | { state: 'in'; session: BrowserSession };

/** ms between two looks for a server that was away when the page was loaded. */
const retryMs = 3_000;

// Read once, when the page is loaded: it is gone from the address bar afterwards.
const oneTimeCode = takeOneTimeCode();

/** The dashboard: who is signed in decides between the sign-in screen and everything else. */
export function App({ transport }: { transport: Transport }) {
  const [identity, setIdentity] = useState<Identity>({ state: 'unknown' });

  useEffect(() => {
    let current = true;
    identify(transport).then((found) => current && setIdentity(found));
    const unsubscribe = transport.onSignedOut(() => {
      queries.clear();
      setIdentity({ state: 'out', reason: 'Your session has ended. Sign in again.' });
    });
    return () => {
      current = false;
      unsubscribe();
    };
  }, [transport]);

  const isLate = useLate(identity.state === 'unknown');
  const unreachable = identity.state === 'out' && identity.unreachable === true;
  useEffect(() => {
    if (!unreachable) return;
    const timer = setInterval(() => {
      transport.me().then(
        (session) => setIdentity(session ? { state: 'in', session } : { state: 'out' }),
        () => {},
      );
    }, retryMs);
    return () => clearInterval(timer);
  }, [unreachable, transport]);

  if (identity.state === 'unknown')
    return isLate ? (
      <p role="status" className="p-6 text-soft">
        The server has not answered yet.
      </p>
    ) : null;
  if (identity.state === 'out') {
    const onSignedIn = (session: BrowserSession) => setIdentity({ state: 'in', session });
    return <SignIn transport={transport} reason={identity.reason} onSignedIn={onSignedIn} />;
  }
  const onSignOut = async () => {
    try {
      await transport.signOut();
    } catch (error) {
      toast({ title: 'You are still signed in', detail: messageOf(error), bad: true });
      return;
    }
    queries.clear();
    setIdentity({ state: 'out' });
  };
  return (
    <QueryClientProvider client={queries}>
      <TransportContext value={transport}>
        <Shell session={identity.session} onSignOut={onSignOut} />
      </TransportContext>
    </QueryClientProvider>
  );
}

let identified: Promise<Identity> | undefined;

/** Once a page load: a one-time code is worth nothing the second time. */
function identify(transport: Transport): Promise<Identity> {
  identified ??= askIdentity(transport);
  return identified;
}

async function askIdentity(transport: Transport): Promise<Identity> {
  try {
    if (oneTimeCode) return { state: 'in', session: await transport.signIn({ code: oneTimeCode }) };
    const session = await transport.me();
    return session ? { state: 'in', session } : { state: 'out' };
  } catch (error) {
    const used = oneTimeCode && error instanceof TransportError && error.code === 'UNAUTHORIZED';
    if (!used) return { state: 'out', reason: messageOf(error), unreachable: isUnreachable(error) };
    const session = await transport.me().catch(() => null);
    if (session) return { state: 'in', session };
    return { state: 'out', reason: 'This sign-in link was used before or is too old. Use an API key.' };
  }
}

const isUnreachable = (error: unknown) => error instanceof TransportError && error.isTransient;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
