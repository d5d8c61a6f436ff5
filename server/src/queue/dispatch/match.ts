import { covers } from '@agentfleet/contract';
import type { ActiveRun, RunnerState } from '../sql/claim-runs.js';
import type { Head } from '../sql/queue-heads.js';

/** A runner that asks for runs. */
export interface Candidate {
  state: RunnerState;
  /** How many more runs it asks for. */
  free: number;
}

export interface Pair<C> {
  head: Head;
  candidate: C;
  /** The runner as it was when they were matched: whoever takes the run reads it anew, and it may be gone by then. */
  state: RunnerState;
}

type Work = Pick<ActiveRun, 'cwdKey' | 'sharedCwd'>;
const nothing: readonly Work[] = [];

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
  const taken = new Map<C, Work[]>();
  const awaited = new Set<string>();
  for (const head of heads) {
    let best: C | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    // Hundreds may ask, and few get something: nothing is made for those that do not.
    for (const candidate of candidates) {
      const { state } = candidate;
      const active: readonly Work[] = state.active ?? nothing;
      const more = taken.get(candidate) ?? nothing;
      const sessions = active.length + more.length;
      if (sessions >= fewest || sessions >= state.maxConcurrentRuns || more.length >= candidate.free)
        continue;
      if (refused.size > 0 && refused.has(pairKey({ head, state }))) continue;
      if (!suits(state, head)) continue;
      if (awaited.size > 0 && awaited.has(`${state.runnerId} ${head.cwdKey}`)) continue;
      if (isBusy(active, head) || isBusy(more, head)) continue;
      best = candidate;
      fewest = sessions;
    }
    if (!best && !head.sharedCwd) {
      for (const { state } of candidates)
        if (suits(state, head)) awaited.add(`${state.runnerId} ${head.cwdKey}`);
    }
    if (!best) continue;
    pairs.push({ head, candidate: best, state: best.state });
    taken.set(best, [...(taken.get(best) ?? []), head]);
  }
  return pairs;
}

/** Whether somebody works in the run's directory, unless both share it. */
const isBusy = (work: readonly Work[], { cwdKey, sharedCwd }: Head) =>
  work.some((run) => run.cwdKey === cwdKey && !(run.sharedCwd && sharedCwd));

export function pairKey({ head, state }: Pick<Pair<unknown>, 'head' | 'state'>): string {
  return `${head.runId} ${state.runnerId}`;
}

/** Whether the runner may take runs like this one at all. */
function suits(state: RunnerState, head: Head): boolean {
  if (state.pausedAt !== null) return false;
  if (head.pinnedTo !== null) return head.pinnedTo === state.runnerId;
  return (
    state.permissionModes.includes(head.permissionMode) &&
    state.directoryKeys.some((key) => covers(key, head.cwdKey, state.platform === 'darwin'))
  );
}
