import { type Run, withHiddenSpelled } from '@agentfleet/contract';
import type { ReactNode } from 'react';
import { promptOf } from '../sessions/prompt-of.js';
import { runCost, runDuration } from '../sessions/run-figures.js';
import { firstLine } from '../ui/format.js';
import { RunStatusMark } from '../ui/run-status.js';
import { Seen } from '../ui/seen.js';
import { useNow } from '../ui/use-now.js';

interface Props {
  /** Of the thread, oldest first. */
  runs: readonly Run[];
  /** How the thread stands. */
  run: Run;
  actions: ReactNode;
}

/** What the thread is about and how it stands, on one line, with what can be done with it. */
export function SessionHeader({ runs, run, actions }: Props) {
  const title = firstLine(promptOf(runs[0] ?? run));
  return (
    <div className="session-head shrink-0 border-line border-b px-4 py-1.5 sm:px-6">
      <div className="flex min-h-[34px] items-center gap-x-3">
        <span className="shrink-0">
          <RunStatusMark run={run} />
        </span>
        <h1 className="min-w-0 flex-1 truncate font-semibold" title={withHiddenSpelled(title)}>
          <bdi>
            <Seen text={title} />
          </bdi>
        </h1>
        {runs.length === 1 && (
          <span className="hidden shrink-0 gap-x-3 text-soft tabular-nums sm:flex">
            <Figures run={run} />
          </span>
        )}
        {actions}
      </div>
    </div>
  );
}

function Figures({ run }: { run: Run }) {
  const duration = runDuration(run, useNow(1_000));
  return (
    <>
      {duration && <span title="Duration">{duration}</span>}
      {/* Its place is kept until it is known. */}
      <span className="min-w-14 text-right" title={run.costUsd === null ? undefined : 'Cost'}>
        {runCost(run)}
      </span>
    </>
  );
}
