import type { Runner, RunnerCredential } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { Age } from '../ui/age.js';
import { Confirm } from '../ui/confirm.js';
import { Seen } from '../ui/seen.js';
import { toast } from '../ui/toasts.js';

/** What the runner authenticates with, and the way to end that. Servers that do not tell have no credentials. */
export function RunnerCredentialFact({ runner }: { runner: Runner }) {
  const mayRevoke = useMay('admin');
  const { credential } = runner;
  if (!credential) return 'None: it uses an API key';
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span>
        Its own, since <Age at={credential.createdAt} />
        {credential.enrolledBy !== null && (
          <>
            , enrolled with <Seen text={credential.enrolledBy} />
          </>
        )}
      </span>
      {mayRevoke && <RevokeCredential runner={runner} />}
    </span>
  );
}

/** Says that somebody else uses it too. */
export function CredentialConflict({ credential }: { credential: RunnerCredential | null | undefined }) {
  if (!credential?.conflictAt) return null;
  return (
    <p className="rounded-md bg-bad-soft px-3 py-2 text-bad">
      Its credential was used from two places at once <Age at={credential.conflictAt} />. If its directory was
      copied, delete <code className="font-mono">identity.json</code> and{' '}
      <code className="font-mono">credential.json</code> in the copy; if not, revoke the credential.
    </p>
  );
}

function RevokeCredential({ runner }: { runner: Runner }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => transport.revokeRunnerCredential(runner.id),
    onSuccess: async () => {
      toast({ title: `The credential of ${runner.name} is revoked` });
      setAsking(false);
      await queries.invalidateQueries({ queryKey: ['runner', runner.id] });
    },
  });
  return (
    <>
      <button type="button" className="button danger" onClick={() => setAsking(true)}>
        Revoke credential
      </button>
      {asking && (
        <Confirm
          title={`Revoke the credential of ${runner.name}?`}
          act="Revoke it"
          busy={revoke.isPending}
          error={revoke.error}
          onAct={() => revoke.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            Whoever uses it is refused from now on. The machine enrols again by itself, as the same runner,
            where its API key still may: revoke that too if it was taken.
          </p>
        </Confirm>
      )}
    </>
  );
}
