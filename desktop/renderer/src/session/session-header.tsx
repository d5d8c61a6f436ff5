import { isFinal, type Run } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTransport } from '../app/transport-context.js';
import { runCost, runDuration } from '../sessions/run-figures.js';
import { shortDirectory } from '../ui/format.js';
import { ErrorNote } from '../ui/notes.js';
import { RunStatusMark } from '../ui/run-status.js';
import { useNow } from '../ui/use-now.js';

/** Status, place and price of a session in one line, and the way to stop it. */
export function SessionHeader({ run }: { run: Run }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const now = useNow(1_000);
  const cancel = useMutation({
    mutationFn: () => transport.cancelRun(run.id),
    onSettled: () => queries.invalidateQueries({ queryKey: ['run', run.id] }),
  });
  const stopping = run.cancelRequestedAt !== null || cancel.isPending;
  return (
    <div className="shrink-0 border-line border-b px-4 py-2.5 sm:px-6">
      <div className="flex min-h-[34px] flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="sr-only">Session: {run.input.slice(0, 120)}</h1>
        <RunStatusMark status={run.status} />
        <span className="truncate text-soft" title={run.cwd}>
          {shortDirectory(run.cwd)}
        </span>
        <span className="text-soft tabular-nums">{runDuration(run, now)}</span>
        <span className="text-soft tabular-nums">{runCost(run)}</span>
        {!isFinal(run.status) && (
          <button
            type="button"
            className="button danger ml-auto"
            disabled={stopping}
            onClick={() => cancel.mutate()}
          >
            {stopping ? 'Stopping…' : 'Cancel session'}
          </button>
        )}
      </div>
      <ErrorNote error={cancel.error} />
    </div>
  );
}
