import type { Run } from '@agentfleet/contract';
import { Link } from 'wouter';
import { formatAge, shortDirectory } from '../ui/format.js';
import { RunStatusMark } from '../ui/run-status.js';
import { runCost, runDuration, runTokens } from './run-figures.js';

interface Props {
  run: Run;
  /** undefined while no runner has it */
  runnerName: string | undefined;
  now: number;
}

/** One session: what was asked above, where and at what price below. */
export function SessionRow({ run, runnerName, now }: Props) {
  return (
    <li className="border-line border-b last:border-b-0">
      <Link
        href={`/sessions/${run.id}`}
        className="grid grid-cols-[6.5rem_1fr] gap-x-3 gap-y-0.5 rounded-md px-2 py-2.5 hover:bg-sunken focus-visible:bg-sunken sm:grid-cols-[6.5rem_1fr_auto]"
      >
        <RunStatusMark status={run.status} />
        <span className="min-w-0 truncate font-medium">
          {run.parentRunId && (
            <span className="text-soft" title="A follow-up">
              ↳{' '}
            </span>
          )}
          {firstLine(run.input)}
        </span>
        <time className="hidden text-right text-soft sm:block" dateTime={run.createdAt}>
          {formatAge(run.createdAt, now)}
        </time>
        <span className="col-start-2 min-w-0 truncate text-soft">
          {runnerName ?? 'any runner'} · <span title={run.cwd}>{shortDirectory(run.cwd)}</span>
          {run.failure && <span className="text-bad"> · {run.failure.message}</span>}
          <span className="sm:hidden"> · {formatAge(run.createdAt, now)}</span>
        </span>
        <span className="col-start-2 flex gap-4 text-soft tabular-nums sm:col-start-3 sm:grid sm:grid-cols-[6.5rem_4.5rem_6.5rem] sm:gap-0 sm:text-right">
          <span title="Duration">{runDuration(run, now)}</span>
          <span title="Cost">{runCost(run)}</span>
          <span title="Tokens">{runTokens(run)}</span>
        </span>
      </Link>
    </li>
  );
}

function firstLine(prompt: string): string {
  return prompt.trim().split('\n', 1)[0] ?? '';
}
