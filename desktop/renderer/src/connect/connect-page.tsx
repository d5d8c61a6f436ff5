import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { usePageTitle } from '../base/page-title.js';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { AskingComputer } from './asking-computer.js';

/** Where a computer that asks to be connected is looked at and let in: its app opens this page with the code. */
export default function ConnectPage() {
  const [search] = useSearchParams();
  const code = search.get('code') ?? '';
  const mayConnect = useMay('runner');
  const maySee = useMay('runs:read');
  usePageTitle('Connect a computer');
  return (
    <div className="page max-w-xl">
      <h1 className="font-semibold text-xl">Connect a computer</h1>
      {!mayConnect || !maySee ? (
        <Empty title="This key may not connect computers">
          Sign in with a key that has the scopes <code className="font-mono">runner</code> and{' '}
          <code className="font-mono">runs:read</code>, or <code className="font-mono">admin</code>.
        </Empty>
      ) : code === '' ? (
        <CodeForm />
      ) : (
        <Found key={code} code={code} />
      )}
    </div>
  );
}

/** For who has no link: the code is on the other screen. */
function CodeForm({ typed = '' }: { typed?: string }) {
  const [code, setCode] = useState(typed);
  const [, navigate] = useLocation();
  const look = (event: FormEvent) => {
    event.preventDefault();
    navigate(`/connect?code=${encodeURIComponent(code.trim())}`);
  };
  return (
    <form onSubmit={look} className="panel flex flex-col gap-3">
      <label htmlFor="code" className="font-medium">
        Code that the AgentFleet app shows
      </label>
      <input
        id="code"
        className="field max-w-56 font-mono uppercase tracking-widest"
        placeholder="BCDF-GHJK"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        required
        maxLength={40}
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <button type="submit" className="button primary self-start" disabled={code.trim() === ''}>
        Continue
      </button>
    </form>
  );
}

function Found({ code }: { code: string }) {
  const transport = useTransport();
  const found = useQuery({
    queryKey: ['sign-in', code],
    queryFn: () => transport.getSignIn(code),
    retry: false,
    // It ends by itself, and after a decision there is nothing to find.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (found.isPending) return <Skeleton lines={4} />;
  if (found.data) return <AskingComputer code={code} asking={found.data} />;
  return (
    <>
      <ErrorNote error={wordsOf(found.error)} retry={() => void found.refetch()} />
      <CodeForm typed={code} />
    </>
  );
}

function wordsOf(error: Error): Error | string {
  if (!('code' in error) || error.code !== 'NOT_FOUND') return error;
  return 'No computer asks with this code: it was used, ran out after ten minutes, or is mistyped. Start again in the app.';
}
