import type { Event } from '@agentfleet/contract';

/**
 * Keeps a followed log whole: lets every event through once and in order, and says where to go on after a
 * break. Connections may overlap or skip; what comes out may not.
 */
export class ContiguousLog {
  #lastSeq: number;

  constructor(after: number) {
    this.#lastSeq = after;
  }

  /** The seq up to which everything came through. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * @param events in ascending order of seq
   * @returns the ones to show, and whether something is missing before one of them: then the rest was dropped
   *   and must be fetched again after `lastSeq`
   */
  accept(events: readonly Event[]): { fresh: Event[]; gap: boolean } {
    const fresh: Event[] = [];
    for (const event of events) {
      if (event.seq <= this.#lastSeq) continue;
      if (event.seq !== this.#lastSeq + 1) return { fresh, gap: true };
      this.#lastSeq = event.seq;
      fresh.push(event);
    }
    return { fresh, gap: false };
  }
}
