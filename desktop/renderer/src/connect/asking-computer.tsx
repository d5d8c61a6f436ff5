import type { BodyInputOf, SignIn } from '@agentfleet/contract';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { useMay, useSignedIn } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { platformWord } from '../runners/platforms.js';
import { Age } from '../ui/age.js';
import { ErrorNote } from '../ui/notes.js';
import { Seen } from '../ui/seen.js';

/** Who asks, as far as that is known, and the decision. What the computer says of itself proves nothing: the code does. */
export function AskingComputer({ code, asking }: { code: string; asking: SignIn }) {
  const transport = useTransport();
  const { org } = useSignedIn();
  const mayWrite = useMay('runs:write');
  const mayAdmin = useMay('admin');
  const [manages, setManages] = useState(false);
  const decide = useMutation({
    mutationFn: (decision: BodyInputOf<'decideSignIn'>) => transport.decideSignIn(code, decision),
  });
  if (decide.data) return <Decided decided={decide.data} org={org.name} />;
  const window = manages ? 'admin' : mayWrite ? 'runs:write' : 'runs:read';
  return (
    <section aria-label="Computer that asks" className="panel flex flex-col gap-4">
      <div>
        <p className="text-soft">Its app shows this code:</p>
        <p className="font-mono font-semibold text-3xl tracking-widest">{asked(code)}</p>
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <Fact name="Computer">
          <Seen text={asking.computer} />
        </Fact>
        <Fact name="User">
          <Seen text={`${asking.user} on ${asking.hostname}`} />
        </Fact>
        <Fact name="System">
          {platformWord(asking.platform)}, AgentFleet <Seen text={asking.version} />
        </Fact>
        <Fact name="Asked from">
          {asking.forwardedFor === null
            ? asking.address
            : `${asking.forwardedFor}, as the proxy at ${asking.address} says`}
          , <Age at={asking.createdAt} />
        </Fact>
      </dl>
      <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
        Only go on if you started this in the app on that computer and it shows the same code. If somebody
        sent you this link, refuse: sessions of <Seen text={org.name} /> would run on a computer that you do
        not know.
      </p>
      {mayAdmin && (
        <label className="flex cursor-pointer items-start gap-3">
          <input
            type="checkbox"
            className="mt-1 shrink-0"
            checked={manages}
            onChange={(event) => setManages(event.target.checked)}
          />
          <span>
            <span className="block font-medium">Its window may also manage keys and runners</span>
            <span className="text-soft">
              Without it the window sees, launches, answers and cancels sessions. A program of the same user
              can take what the window has: leave it off where sessions run.
            </span>
          </span>
        </label>
      )}
      <ErrorNote error={decide.error} />
      <div className="flex flex-wrap gap-2">
        <button
          type="button"
          className="button primary"
          disabled={decide.isPending}
          onClick={() => decide.mutate({ decision: 'allow', window })}
        >
          Connect this computer
        </button>
        <button
          type="button"
          className="button danger"
          disabled={decide.isPending}
          onClick={() => decide.mutate({ decision: 'deny' })}
        >
          Refuse
        </button>
      </div>
    </section>
  );
}

/** As the app shows it, however it was typed. */
function asked(code: string): string {
  const letters = code.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </>
  );
}

function Decided({ decided, org }: { decided: SignIn; org: string }) {
  return (
    <div role="status" className="panel flex flex-col gap-2">
      {decided.state === 'allowed' ? (
        <>
          <p className="font-medium text-good">
            ✓ <Seen text={decided.computer} /> may connect to {org}.
          </p>
          <p className="text-soft">
            Go back to the app: it goes on by itself in a moment. Then the computer stands under{' '}
            <Link href="/runners" className="text-accent underline">
              Runners
            </Link>{' '}
            and its window under{' '}
            <Link href="/settings/api-keys" className="text-accent underline">
              API keys
            </Link>
            ; either can be revoked there alone.
          </p>
        </>
      ) : (
        <p className="font-medium">
          <Seen text={decided.computer} /> was refused. It is told so, and has nothing.
        </p>
      )}
    </div>
  );
}
