import { covers } from '@agentfleet/contract';
import type { ActiveRun, RunnerState } from '../sql/claim-runs.js';
import type { Head } from '../sql/queue-heads.js';

/** A runner that asks for runs. */
export interface Candidate {
  state: RunnerState;
  /** How many more runs it asks for. */
  free: number;
}

export interface Pair<C extends Candidate> {
  head: Head;
  candidate: C;
}

const idle: readonly ActiveRun[] = [];

/**
 * Who takes which run: the runs in order of the queue, each to the runner with the fewest sessions that may take
 * it, longest waiting first among equals. A run that waits for a directory alone holds it against later ones that
 * would share it, or they could keep it out for ever.
 * @param heads in order of the queue
 * @param candidates longest waiting first
 * @param refused pairs that were tried and were not right, by `pairKey`
 */
export function match<C extends Candidate>(
  heads: readonly Head[],
  candidates: readonly C[],
  refused: ReadonlySet<string>,
): Pair<C>[] {
  const pairs: Pair<C>[] = [];
  if (heads.length === 0) return pairs;
  const taking = candidates.map((candidate) => {
    const { active, maxConcurrentRuns } = candidate.state;
    // Hundreds may ask, and few get something: only their lists are copied.
    const load: readonly Pick<ActiveRun, 'cwdKey' | 'sharedCwd'>[] = active ?? idle;
    return { candidate, free: Math.min(candidate.free, maxConcurrentRuns - load.length), load };
  });
  const awaited = new Set<string>();
  for (const head of heads) {
    let best: (typeof taking)[number] | undefined;
    for (const one of taking) {
      if (one.free <= 0 || (best && best.load.length <= one.load.length)) continue;
      if (refused.size > 0 && refused.has(pairKey(head, one.candidate))) continue;
      if (!suits(one.candidate.state, head)) continue;
      if (awaited.size > 0 && awaited.has(`${one.candidate.state.runnerId} ${head.cwdKey}`)) continue;
      if (one.load.some((run) => run.cwdKey === head.cwdKey && !(run.sharedCwd && head.sharedCwd))) continue;
      best = one;
    }
    if (!best && !head.sharedCwd) {
      for (const { candidate } of taking.filter((one) => suits(one.candidate.state, head)))
        awaited.add(`${candidate.state.runnerId} ${head.cwdKey}`);
    }
    if (!best) continue;
    pairs.push({ head, candidate: best.candidate });
    best.free -= 1;
    best.load = [...best.load, head];
  }
  return pairs;
}

export function pairKey({ runId }: Head, { state }: Candidate): string {
  return `${runId} ${state.runnerId}`;
}

/** Whether the runner may take runs like this one at all. */
function suits(state: RunnerState, head: Head): boolean {
  if (state.paused) return false;
  if (head.pinnedTo !== null) return head.pinnedTo === state.runnerId;
  return (
    state.permissionModes.includes(head.permissionMode) &&
    state.directoryKeys.some((key) => covers(key, head.cwdKey, state.platform === 'darwin'))
  );
}
