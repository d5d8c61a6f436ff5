import type { RunnerState } from '../sql/runner-states.js';

/** What of a runner's state decides on which lanes to read. */
export type KnownReach = Pick<RunnerState, 'directoryKeys' | 'platform' | 'orgLimit'>;

/** The oldest is forgotten for one more: a fleet of more runners than that on one server only looks again. */
const most = 1_000;

/**
 * What the runners of this server could reach when they were last read. It changes seldom, so that the heads of the
 * queue can be read on the strength of it while the runner's state is read again. A guess: whoever uses what was read
 * so compares the lanes with those of the state first.
 */
export class KnownReaches {
  readonly #byRunner = new Map<string, KnownReach>();

  of(runnerId: string): KnownReach | undefined {
    return this.#byRunner.get(runnerId);
  }

  note({ runnerId, directoryKeys, platform, orgLimit }: RunnerState): void {
    this.#byRunner.delete(runnerId);
    this.#byRunner.set(runnerId, { directoryKeys, platform, orgLimit });
    const [oldest] = this.#byRunner.keys();
    if (this.#byRunner.size > most && oldest !== undefined) this.#byRunner.delete(oldest);
  }
}
