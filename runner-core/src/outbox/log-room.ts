import { join } from 'node:path';
import { Room } from './room.js';

/** With less than that free the log of the next session would not fit, bytes. */
const leastFree = 16 * 1024 ** 2;
/** How often the disk is asked how much is free, and how often at most something is written to it, ms. */
const lookMs = 5_000;
const writeMs = 1_000;

/** Whether the logs of sessions can be kept: a runner that cannot keep them takes no session. */
export class LogRoom {
  readonly #room: Room;
  readonly #changed: (why: string | undefined) => void;
  #why: string | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param changed called with the reason, and with undefined when there is room again */
  constructor(runnerDir: string, changed: (why: string | undefined) => void) {
    this.#room = new Room(join(runnerDir, 'outbox'), leastFree);
    this.#changed = changed;
  }

  /** Why no log can be kept, as it was found last; undefined while they can. */
  get why(): string | undefined {
    return this.#why;
  }

  /** Now and then: asks how much is free, and where there was no room tries whether there is again. */
  watch(): void {
    const everyMs = this.#why === undefined ? lookMs : writeMs;
    if (performance.now() - this.#lookedAt >= everyMs) this.#look(this.#why !== undefined);
  }

  /** Before something is taken that needs a log: tries to write one. */
  check(): void {
    if (performance.now() - this.#lookedAt >= writeMs) this.#look(true);
  }

  #look(writes: boolean): void {
    const why = this.#room.look(writes);
    this.#lookedAt = performance.now();
    if (why === this.#why) return;
    this.#why = why;
    this.#changed(why);
  }
}
