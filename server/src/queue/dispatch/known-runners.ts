import type { RunnerState } from '../sql/claim-runs.js';

/** The oldest is forgotten for one more: a fleet of more runners than that on one server only looks again. */
const most = 1_000;

/**
 * How the runners of this server stood when they were last read, so that a claim can be made out before they are read
 * again: the statement that takes runs reads them anew, and refuses what is not so any more.
 */
export class KnownRunners {
  readonly #byId = new Map<string, RunnerState>();

  /** @param held tokens of the attempts that the runner holds now: of the others it knows nothing, or the end */
  recall(runnerId: string, held: ReadonlySet<string>): RunnerState | undefined {
    const known = this.#byId.get(runnerId);
    return known && { ...known, active: known.active?.filter(({ token }) => held.has(token)) ?? null };
  }

  note(state: RunnerState): void {
    this.#byId.delete(state.runnerId);
    this.#byId.set(state.runnerId, state);
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > most && oldest !== undefined) this.#byId.delete(oldest);
  }

  forget(runnerId: string): void {
    this.#byId.delete(runnerId);
  }
}
