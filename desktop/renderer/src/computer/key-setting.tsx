import type { InputOf, KeyCheck } from '@agentfleet/bridge';
import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';
import { useDraft } from './draft-context.js';
import { NoKeychain } from './no-keychain.js';
import { SignInSetting } from './sign-in-setting.js';

/** The key is neither typed nor shown here: the main process takes it from the clipboard and keeps it. */
export function KeySetting({ forget = false }: { forget?: boolean }) {
  const client = useAppClient();
  const { key, signIn } = useAppState();
  const { fields, forget: forgetDraft } = useDraft();
  const keep = useMutation({
    mutationFn: async (kept: InputOf<'keepKey'>) => {
      const applied = await client.ask('keepKey', kept);
      await client.ask('state', undefined);
      if (applied.outcome !== 'declined') forgetDraft('server');
      return applied;
    },
  });
  const paste = useMutation({
    mutationFn: async (): Promise<KeyCheck> => {
      keep.reset();
      // A key for an address that is not applied yet is tried there, and connects to it.
      const server = fields.server.trim();
      if (server === '') return { ok: false, problem: 'Give the address of the server first.' };
      const check = await client.ask('pasteKey', { server });
      if (check.ok)
        await keep.mutateAsync({ server: check.server, where: 'keychain' }).catch(() => undefined);
      return check;
    },
  });
  const forgetKey = useMutation({ mutationFn: () => client.ask('forgetKey', undefined) });
  const busy = paste.isPending || keep.isPending || forgetKey.isPending;
  const checked = paste.data;
  const hasKey = key.source !== 'none';
  return (
    <div className="flex flex-col gap-2">
      {hasKey && (
        <p>
          <code className="font-mono">{key.hint}</code>{' '}
          <span className="text-soft">{places[key.source]}</span>
        </p>
      )}
      <SignInSetting
        server={fields.server.trim()}
        keep={() => keep.mutateAsync({ server: signIn?.server ?? fields.server.trim(), where: 'session' })}
      />
      {key.source !== 'environment' && (
        <div className="flex flex-wrap items-center gap-2">
          <button type="button" className="button" disabled={busy} onClick={() => paste.mutate()}>
            {paste.isPending ? 'Checking…' : hasKey ? 'Replace it by the copied key' : 'Paste the copied key'}
          </button>
          {forget && hasKey && (
            <button
              type="button"
              className="button danger"
              disabled={busy}
              onClick={() => forgetKey.mutate()}
            >
              Forget the key
            </button>
          )}
        </div>
      )}
      {!hasKey && (
        <p className="text-soft">
          No key has to be copied to sign in. One that is pasted is exchanged for this computer’s own and not
          kept; with the scope <code className="font-mono">runner</code> alone, only the sessions of this
          computer are shown here.
        </p>
      )}
      <div role="status" className="empty:hidden">
        {checked?.ok && keep.data?.outcome === 'declined' && <p>Nothing was changed.</p>}
        {checked?.ok && keep.isSuccess && keep.data.outcome !== 'declined' && (
          <p className="text-good">
            ✓ The key works: {checked.org}, {checked.scopes.join(', ')}.
          </p>
        )}
      </div>
      {checked?.ok === false && <ErrorNote error={checked.problem} />}
      <ErrorNote error={paste.error ?? forgetKey.error} />
      {keep.isError && key.keychainProblem === null && <ErrorNote error={keep.error} />}
      {keep.isError && checked?.ok && key.keychainProblem !== null && (
        <NoKeychain
          reason={key.keychainProblem}
          onSession={() => keep.mutate({ server: checked.server, where: 'session' })}
        />
      )}
    </div>
  );
}

const places = {
  none: '',
  keychain: 'in the keychain of this computer',
  session: 'until the app quits; it is not stored',
  environment: 'from AGENTFLEET_API_KEY, the environment of the app',
};
