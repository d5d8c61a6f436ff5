import { withHiddenSpelled } from '@agentfleet/contract';
import { Link } from 'wouter';
import { promptOf } from '../sessions/prompt-of.js';
import { type ListedRun, RowLine } from '../sessions/row-line.js';
import { RunDuration } from '../sessions/run-duration.js';
import { firstLine } from '../ui/format.js';
import { RunStatusMark } from '../ui/run-status.js';
import { Seen } from '../ui/seen.js';

/** Sessions that are shown of one runner. */
const most = 5;

/** What a runner works on right now, each a step away. */
export function RunningNow({
  runs,
  runnerId,
  name,
}: {
  runs: readonly ListedRun[];
  runnerId: string;
  name: string;
}) {
  if (runs.length === 0) return null;
  return (
    <ul aria-label={withHiddenSpelled(`Running on ${name}`)} className="-mx-2 flex flex-col">
      {runs.slice(0, most).map((run) => (
        <li key={run.id}>
          <Link
            href={`/sessions/${run.id}`}
            className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 rounded-md px-2 py-1.5 hover:bg-sunken sm:grid-cols-[9.25rem_minmax(0,1fr)_auto]"
          >
            <span className="max-sm:col-span-2">
              <RunStatusMark run={run} />
            </span>
            <span className="flex min-w-0 flex-col">
              <span dir="auto" className="truncate font-medium">
                <Seen text={firstLine(promptOf(run))} />
              </span>
              <RowLine run={run} />
            </span>
            <span className="text-soft tabular-nums">
              <RunDuration run={run} />
            </span>
          </Link>
        </li>
      ))}
      {runs.length > most && (
        <li>
          <Link
            href={`/sessions?${new URLSearchParams({ status: 'CLAIMED,RUNNING', runnerId })}`}
            className="block px-2 py-1 text-accent"
          >
            All {runs.length} that run on <Seen text={name} />
          </Link>
        </li>
      )}
    </ul>
  );
}
