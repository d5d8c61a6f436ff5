import { type Runner, withHiddenSpelled } from '@agentfleet/contract';

/** How many sessions it has of how many it takes, as words and as a bar. */
export function RunnerLoad({ runner }: { runner: Runner }) {
  const { activeRuns, maxConcurrentRuns, name } = runner;
  const part = Math.min(1, activeRuns / maxConcurrentRuns);
  return (
    <span className="flex items-center gap-2.5 text-soft tabular-nums">
      <span aria-hidden="true" className="h-1.5 w-20 overflow-hidden rounded-full bg-line">
        <span
          className={`block h-full rounded-full ${part === 1 ? 'bg-warn' : 'bg-accent'}`}
          style={{ width: `${part * 100}%` }}
        />
      </span>
      {activeRuns} of {maxConcurrentRuns} running
      <meter
        className="sr-only"
        aria-label={withHiddenSpelled(`Load of ${name}`)}
        max={maxConcurrentRuns}
        value={activeRuns}
      />
    </span>
  );
}
