import { Link } from 'wouter';
import { groupThreads } from '../sessions/group-threads.js';
import { promptOf } from '../sessions/prompt-of.js';
import { runCost } from '../sessions/run-figures.js';
import { firstLine, formatCost } from '../ui/format.js';
import { RunStatusMark } from '../ui/run-status.js';
import { Seen } from '../ui/seen.js';
import type { ThreadRuns } from './use-thread.js';

interface Props {
  thread: ThreadRuns;
  /** Id of the run one is at. */
  at: string;
}

/** The runs of a thread, what each cost, and all of them; each leads to its place. */
export function CostByRun({ thread: { runs, hasOlder }, at }: Props) {
  const total = groupThreads(runs.toReversed())[0]?.costUsd ?? null;
  return (
    <nav aria-label="Thread" className="flex flex-col gap-1">
      <h2 className="flex items-baseline gap-2 font-semibold">
        Cost by run
        {total !== null && (
          <span className="ml-auto font-normal text-soft tabular-nums">
            {hasOlder && 'of these '}
            {formatCost(total)}
          </span>
        )}
      </h2>
      {runs.map((run) => (
        <Link
          key={run.id}
          href={`/sessions/${run.id}`}
          aria-current={run.id === at ? 'page' : undefined}
          className={`-mx-2 flex flex-col rounded-md px-2 py-1.5 hover:bg-sunken ${run.id === at ? 'bg-sunken' : ''}`}
        >
          <span className="truncate" dir="auto">
            <Seen text={firstLine(promptOf(run))} />
          </span>
          <span className="flex items-baseline gap-2">
            <RunStatusMark run={run} />
            <span className="ml-auto text-soft tabular-nums">{runCost(run)}</span>
          </span>
        </Link>
      ))}
    </nav>
  );
}
