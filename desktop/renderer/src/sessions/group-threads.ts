import type { Run } from '@agentfleet/contract';

/** A thread as far as it is loaded. */
export interface Thread {
  id: string;
  /** Oldest first; the first one may be a follow-up whose beginning is not loaded. */
  runs: readonly [Run, ...Run[]];
  newest: Run;
  /** USD of all of them; null until one is known. */
  costUsd: number | null;
}

/** Puts the sessions of a thread together; the thread whose newest session is newest comes first. */
export function groupThreads(runs: readonly Run[]): Thread[] {
  const threads = new Map<string, Thread>();
  // Newest first: each further session of a thread is an older one.
  for (const run of runs) {
    const known = threads.get(run.threadId);
    threads.set(
      run.threadId,
      known
        ? { ...known, runs: [run, ...known.runs], costUsd: sum(known.costUsd, run.costUsd) }
        : { id: run.threadId, runs: [run], newest: run, costUsd: run.costUsd },
    );
  }
  return [...threads.values()];
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : one + other;
}
