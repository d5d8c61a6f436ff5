import { useMutation, useQuery } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';

/** What this computer needs to run sessions, checked, each fault with its mend. Checked anew when settings change. */
export function Findings() {
  const client = useAppClient();
  const { settings, key } = useAppState();
  const { server, directories, claudePath } = settings;
  const findings = useQuery({
    queryKey: ['findings', server, directories, claudePath, key.source, key.hint],
    queryFn: () => client.ask('examine', undefined),
    staleTime: 0,
    placeholderData: (before) => before,
  });
  const runClaude = useMutation({ mutationFn: () => client.ask('runClaude', undefined) });
  const isAboutClaude = findings.data?.some(({ ok, what }) => !ok && /claude code/i.test(what)) ?? false;
  const failed = findings.data?.filter(({ ok }) => !ok).length ?? 0;
  return (
    <div className="flex flex-col gap-2">
      <ul className="flex flex-col gap-1.5" aria-label="Checks">
        {findings.data?.map(({ ok, what, mend }) => (
          <li key={what} className="flex gap-2">
            <span aria-hidden="true" className={`w-4 shrink-0 text-center ${ok ? 'text-good' : 'text-bad'}`}>
              {ok ? '✓' : '✕'}
            </span>
            <span className="min-w-0 [overflow-wrap:anywhere]">
              <span className={ok ? 'text-soft' : 'font-medium'}>
                {!ok && <span className="sr-only">Missing: </span>}
                {what}
              </span>
              {mend && <span className="block text-soft">→ {mend}</span>}
            </span>
          </li>
        ))}
      </ul>
      <ErrorNote error={findings.error ?? runClaude.error} />
      <div className="flex flex-wrap items-center gap-3">
        <button
          type="button"
          className="button"
          disabled={findings.isFetching}
          onClick={() => findings.refetch()}
        >
          {findings.isFetching ? 'Checking…' : 'Check again'}
        </button>
        {isAboutClaude && (
          <button
            type="button"
            className="button"
            disabled={runClaude.isPending}
            onClick={() => runClaude.mutate()}
          >
            Run Claude Code once
          </button>
        )}
        <span role="status" className="text-soft">
          {findings.data && !findings.isFetching && summary(failed)}
        </span>
      </div>
    </div>
  );
}

function summary(failed: number): string {
  return failed === 0 ? 'Everything is ready.' : `${failed} to mend.`;
}
