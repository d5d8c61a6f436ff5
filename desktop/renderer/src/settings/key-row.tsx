import { type ApiKey, type EnrolmentLimits, withHiddenSpelled } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { useSignedIn } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { Age } from '../ui/age.js';
import { Confirm } from '../ui/confirm.js';
import { formatInstant } from '../ui/format.js';
import { Seen } from '../ui/seen.js';
import { toast } from '../ui/toasts.js';
import { useNow } from '../ui/use-now.js';
import { keyLimitWords } from './key-limits.js';

/** A key by what may be shown of it, and the way to end it. */
export function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const own = useSignedIn().key.id === apiKey.id;
  const [asking, setAsking] = useState(false);
  const ended = useKeyEnd(apiKey);
  const share = keyLimitWords(apiKey.limits);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b py-3 last:border-b-0">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className={`truncate font-medium ${ended ? 'text-soft line-through' : ''}`}>
            <Seen text={apiKey.name} />
          </span>
          {own && <span className="tag">you</span>}
          {apiKey.windowOf && <span className="tag">window of a computer</span>}
        </p>
        <p className="text-soft">
          <code className="font-mono text-[12.5px]">
            {apiKey.prefix}…{apiKey.lastFour}
          </code>{' '}
          · {apiKey.scopes.join(', ') || 'sessions of its own runner'}
        </p>
        {share && <p className="text-soft">At most {share}</p>}
        {apiKey.enrolment && (
          <p className="text-soft [overflow-wrap:anywhere]">
            <Seen text={limitWords(apiKey.enrolment)} />
          </p>
        )}
      </div>
      <p className="flex-1 basis-44 text-soft">
        {apiKey.lastUsedAt ? (
          <>
            Used <Age at={apiKey.lastUsedAt} />
          </>
        ) : (
          'Never used'
        )}
        {apiKey.expiresAt && !ended && (
          <span className="block">Expires {formatInstant(apiKey.expiresAt, 'date')}</span>
        )}
      </p>
      {ended ? (
        <span className="text-soft">{ended}</span>
      ) : (
        <button
          type="button"
          className="button danger"
          aria-label={withHiddenSpelled(`Revoke ${apiKey.name}`)}
          onClick={() => setAsking(true)}
        >
          Revoke
        </button>
      )}
      {asking && <RevokeDialog apiKey={apiKey} own={own} onClose={() => setAsking(false)} />}
    </li>
  );
}

interface DialogProps {
  apiKey: ApiKey;
  own: boolean;
  onClose: () => void;
}

function RevokeDialog({ apiKey, own, onClose }: DialogProps) {
  const transport = useTransport();
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => transport.revokeApiKey(apiKey.id),
    onSuccess: async () => {
      toast({ title: `${apiKey.name} is revoked` });
      onClose();
      await queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
  return (
    <Confirm
      title={`Revoke ${apiKey.name}?`}
      act="Revoke key"
      busy={revoke.isPending}
      error={revoke.error}
      onAct={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>
        Whatever uses{' '}
        <code className="font-mono text-[12.5px]">
          {apiKey.prefix}…{apiKey.lastFour}
        </code>{' '}
        is refused from now on:{' '}
        {apiKey.windowOf
          ? 'the window of that computer'
          : 'scripts, runners, and browsers that signed in with it'}
        . This cannot be undone.
      </p>
      {apiKey.windowOf && (
        <p>
          Its runner goes on: that is revoked on{' '}
          <Link href={`/runners/${apiKey.windowOf}`} className="text-accent underline">
            its page
          </Link>
          .
        </p>
      )}
      {apiKey.scopes.some((scope) => scope === 'runner' || scope === 'admin') && (
        <p>
          Runners that enrolled with it go on with credentials of their own, revoked on their pages, and so do
          the windows of their computers, which stand in this list.
        </p>
      )}
      {own && (
        <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
          You are signed in with this key: revoking it signs you out.
        </p>
      )}
    </Confirm>
  );
}

function limitWords({ uses, used, directories, namePrefix }: EnrolmentLimits): string {
  const parts = [
    uses === null ? `${used} connected` : `${used} of ${uses} connected`,
    ...(namePrefix === null ? [] : [`names begin with ${namePrefix}`]),
    ...(directories === null ? [] : [directories.join(', ')]),
  ];
  return parts.join(' · ');
}

/** How a key ended; null while it is good. */
function useKeyEnd({ revokedAt, expiresAt }: ApiKey): 'Revoked' | 'Expired' | null {
  const now = useNow(15_000);
  if (revokedAt) return 'Revoked';
  return expiresAt && Date.parse(expiresAt) <= now ? 'Expired' : null;
}
