import { isFinal, type Run } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Braces, Copy, Info, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { useMay } from '../app/signed-in.js';
import { useTransport } from '../app/transport-context.js';
import { promptOf } from '../sessions/prompt-of.js';
import { runCost, runDuration } from '../sessions/run-figures.js';
import { shortDirectory } from '../ui/format.js';
import { ErrorNote } from '../ui/notes.js';
import { isOutOfReach, RunStatusMark } from '../ui/run-status.js';
import { useNow } from '../ui/use-now.js';

interface Props {
  run: Run;
  onFind: () => void;
  onCopy: () => void;
  onRaw: () => void;
  onDetails: () => void;
}

/** Status, place and price of a session in one line, what can be done with it, and the way to stop it. */
export function SessionHeader({ run, onFind, onCopy, onRaw, onDetails }: Props) {
  const transport = useTransport();
  const queries = useQueryClient();
  const mayRun = useMay('runs:write');
  const now = useNow(1_000);
  const cancel = useMutation({
    mutationFn: () => transport.cancelRun(run.id),
    onSettled: () => queries.invalidateQueries({ queryKey: ['run', run.id] }),
  });
  const stopping = run.cancelRequestedAt !== null || cancel.isPending;
  return (
    <div className="shrink-0 border-line border-b px-4 py-1.5 sm:px-6">
      <div className="flex min-h-[34px] flex-wrap items-center gap-x-4 gap-y-0.5">
        <h1 className="sr-only">Session: {promptOf(run).slice(0, 120)}</h1>
        <span className="min-w-20">
          <RunStatusMark run={run} />
        </span>
        <span className="min-w-0 truncate text-soft max-sm:hidden" title={run.cwd}>
          {shortDirectory(run.cwd)}
        </span>
        <span className="min-w-14 text-soft tabular-nums">{runDuration(run, now)}</span>
        <span className="text-soft tabular-nums">{runCost(run)}</span>
        <div role="toolbar" aria-label="Session" className="ml-auto flex items-center">
          <Tool name="Find in session" keys="/" onClick={onFind}>
            <Search aria-hidden="true" size={16} />
          </Tool>
          <Tool name="Copy session as markdown" keys="y" onClick={onCopy}>
            <Copy aria-hidden="true" size={16} />
          </Tool>
          <Tool name="Raw log" keys="Shift+R" onClick={onRaw}>
            <Braces aria-hidden="true" size={16} />
          </Tool>
          <Tool name="Details" keys="d" onClick={onDetails} className="xl:hidden">
            <Info aria-hidden="true" size={16} />
          </Tool>
          {mayRun && !isFinal(run.status) && (
            <button
              type="button"
              className="button danger ml-2"
              aria-label={stopping ? undefined : 'Cancel session'}
              disabled={stopping}
              onClick={() => cancel.mutate()}
            >
              {stopping ? (isOutOfReach(run) ? 'Stops when back' : 'Stopping…') : 'Cancel'}
              <span className="max-sm:hidden">{stopping ? '' : ' session'}</span>
            </button>
          )}
        </div>
      </div>
      <ErrorNote error={cancel.error} />
    </div>
  );
}

interface ToolProps {
  name: string;
  keys: string;
  onClick: () => void;
  className?: string;
  children: ReactNode;
}

function Tool({ name, keys, onClick, className = '', children }: ToolProps) {
  return (
    <button
      type="button"
      className={`button quiet icon ${className}`}
      aria-label={name}
      title={`${name} (${keys})`}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
