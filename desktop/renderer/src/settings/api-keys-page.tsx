import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePageTitle } from '../base/page-title.js';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { RowSkeleton } from '../ui/skeleton.js';
import { CreateKeyForm } from './create-key-form.js';
import { KeyRow } from './key-row.js';
import { RequireCredentials } from './require-credentials.js';
import { SettingsTabs } from './settings-tabs.js';

/** The org's API keys: make one, see which are used, revoke one. */
export default function ApiKeysPage() {
  const mayAdmin = useMay('admin');
  usePageTitle('API keys');
  return (
    <div className="page max-w-5xl">
      <SettingsTabs />
      <h1 className="font-semibold text-xl">API keys</h1>
      {mayAdmin ? (
        <Keys />
      ) : (
        <Empty title="This key may not see the others">
          Sign in with a key that has the scope <code className="font-mono">admin</code> to make and revoke
          keys.
        </Empty>
      )}
    </div>
  );
}

function Keys() {
  const transport = useTransport();
  const [showRevoked, setShowRevoked] = useState(false);
  const keys = useQuery({
    queryKey: ['api-keys'],
    queryFn: () => transport.listApiKeys(),
    refetchInterval: 30_000,
  });
  const revoked = keys.data?.filter(({ revokedAt }) => revokedAt !== null).length ?? 0;
  const shown = keys.data?.filter(({ revokedAt }) => showRevoked || revokedAt === null);
  return (
    <>
      <CreateKeyForm />
      <RequireCredentials />
      <section aria-label="Keys" className="flex flex-col gap-1">
        <div className="flex min-h-8 items-center">
          <h2 className="font-semibold text-base">Keys of this org</h2>
          {revoked > 0 && (
            <label className="ml-auto flex min-h-6 cursor-pointer items-center gap-2 text-soft">
              <input
                type="checkbox"
                checked={showRevoked}
                onChange={(event) => setShowRevoked(event.target.checked)}
              />
              Show {revoked} revoked
            </label>
          )}
        </div>
        <ErrorNote error={keys.error} retry={() => void keys.refetch()} />
        {keys.isPending && <RowSkeleton rows={4} />}
        <ul className="flex flex-col">
          {shown?.map((key) => (
            <KeyRow key={key.id} apiKey={key} />
          ))}
        </ul>
      </section>
    </>
  );
}
