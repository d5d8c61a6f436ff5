import { withHiddenSpelled } from '@agentfleet/contract';
import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';
import { useDraft } from './draft-context.js';

/** The other servers this computer was connected to, each with its own key: the way back is one click, asked about as every move. */
export function KnownServers() {
  const client = useAppClient();
  const { settings, next } = useAppState();
  const { type } = useDraft();
  const change = useMutation({
    mutationFn: async (server: string) => {
      const applied = await client.ask('applySettings', { server });
      // Its key is gone: the address is filled in, so that a new one can be got for it.
      if (applied.outcome === 'key-needed') type('server', server);
      return applied;
    },
  });
  const forget = useMutation({ mutationFn: (server: string) => client.ask('forgetServer', { server }) });
  const others = settings.servers.filter((each) => each !== settings.server);
  if (others.length === 0) return null;
  const isBusy = change.isPending || forget.isPending;
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium">Other servers</h3>
      <ul aria-label="Other servers" className="flex flex-col rounded-md border border-line">
        {others.map((server) => (
          <li
            key={server}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-b py-1 pr-1 pl-3 last:border-b-0"
          >
            <code className="min-w-0 flex-1 basis-48 font-mono text-[12.5px] [overflow-wrap:anywhere]">
              {server}
            </code>
            <span className="flex gap-1">
              <button
                type="button"
                className="button"
                aria-label={withHiddenSpelled(`Switch to ${server}`)}
                disabled={isBusy || next?.server === server}
                onClick={() => change.mutate(server)}
              >
                {change.isPending && change.variables === server ? 'Switching…' : 'Switch'}
              </button>
              <button
                type="button"
                className="button quiet"
                aria-label={withHiddenSpelled(`Forget ${server}`)}
                disabled={isBusy}
                onClick={() => forget.mutate(server)}
              >
                Forget
              </button>
            </span>
          </li>
        ))}
      </ul>
      <div role="status" className="empty:hidden">
        {change.data?.outcome === 'declined' && <p>Nothing was changed.</p>}
        {change.data?.outcome === 'key-needed' && (
          <p className="text-warn">Its key is gone. Sign in there, or paste another one.</p>
        )}
      </div>
      <ErrorNote error={change.error ?? forget.error} />
    </div>
  );
}
