import type { ApiKey } from '@agentfleet/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTransport } from '../app/transport-context.js';
import { formatAge } from '../ui/format.js';
import { ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { useNow } from '../ui/use-now.js';
import { CreateKeyForm } from './create-key-form.js';

/** The org's API keys: make one, see which are used, revoke one. */
export default function ApiKeysPage() {
  const transport = useTransport();
  const now = useNow(30_000);
  const keys = useQuery({ queryKey: ['api-keys'], queryFn: () => transport.listApiKeys() });
  return (
    <div className="mx-auto flex max-w-4xl flex-col gap-5 p-4 sm:p-6">
      <h1 className="font-semibold text-xl">API keys</h1>
      <CreateKeyForm />
      <ErrorNote error={keys.error} />
      {keys.isPending && <Skeleton lines={4} />}
      <ul className="flex flex-col">
        {keys.data?.map((key) => (
          <KeyRow key={key.id} apiKey={key} now={now} />
        ))}
      </ul>
    </div>
  );
}

function KeyRow({ apiKey, now }: { apiKey: ApiKey; now: number }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => transport.revokeApiKey(apiKey.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
    onSettled: () => setAsking(false),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b py-3 last:border-b-0">
      <div className="min-w-0 flex-1 basis-64">
        <p className={`truncate font-medium ${apiKey.revokedAt ? 'text-soft line-through' : ''}`}>
          {apiKey.name}
        </p>
        <p className="text-soft">
          <code className="font-mono">
            {apiKey.prefix}…{apiKey.lastFour}
          </code>{' '}
          · {apiKey.scopes.join(', ')} · {usage(apiKey, now)}
        </p>
        <ErrorNote error={revoke.error} />
      </div>
      {apiKey.revokedAt ? (
        <span className="text-soft">Revoked</span>
      ) : (
        // The confirming button takes the place of the asking one and keeps its focus; a double click meets Keep.
        <span className="flex items-center gap-2">
          <button
            type="button"
            className={`button ${asking ? 'danger' : ''}`}
            aria-label={`Revoke ${apiKey.name}${asking ? ' for good' : ''}`}
            disabled={revoke.isPending}
            onClick={() => (asking ? revoke.mutate() : setAsking(true))}
          >
            {asking ? 'Revoke for good' : 'Revoke'}
          </button>
          {asking && (
            <button type="button" className="button" onClick={() => setAsking(false)}>
              Keep
            </button>
          )}
        </span>
      )}
    </li>
  );
}

function usage({ lastUsedAt, expiresAt }: ApiKey, now: number): string {
  const used = lastUsedAt ? `used ${formatAge(lastUsedAt, now)}` : 'never used';
  return expiresAt ? `${used} · ends ${new Date(expiresAt).toLocaleDateString()}` : used;
}
