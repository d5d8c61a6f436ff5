import type { Run } from '@agentfleet/contract';
import { useNow } from '../ui/use-now.js';
import { runDuration } from './run-figures.js';

/** How long a run took, or has been running: that one counts by itself. */
export function RunDuration({ run }: { run: Run }) {
  const counts = run.startedAt !== null && run.finishedAt === null;
  return counts ? <Counting run={run} /> : runDuration(run, 0);
}

function Counting({ run }: { run: Run }) {
  return runDuration(run, useNow(1_000));
}
