import { lateTimer } from '../late-timer.js';

/** Longest time between two steps once a session is stalled, ms. */
const mostGraceMs = 30_000;

/** What is done to a session that gives no output, one after the other. */
export interface StallSteps {
  mark(): void;
  interrupt(): void;
  end(): void;
}

/**
 * Watches that a session gives output. Where it gives none for `stallMs` it is marked, then interrupted, then
 * ended. Output undoes the mark; once it was interrupted nothing does, as what comes then is its way of ending.
 */
export class StallWatch {
  readonly #stallMs: number;
  readonly #steps: StallSteps;
  #interrupted = false;
  #holds = 0;
  #takeBack: () => void = () => undefined;

  constructor(stallMs: number, steps: StallSteps) {
    this.#stallMs = stallMs;
    this.#steps = steps;
    this.output();
  }

  /** The session said something: the watch begins anew. */
  output(): void {
    if (this.#interrupted || this.#holds > 0) return;
    this.#after(this.#stallMs, () => {
      this.#steps.mark();
      const graceMs = Math.min(this.#stallMs, mostGraceMs);
      this.#after(graceMs, () => {
        this.#interrupted = true;
        this.#steps.interrupt();
        this.#after(graceMs, () => this.#steps.end());
      });
    });
  }

  /** The session waits for a person, not the other way round: silence means nothing until `release`. */
  hold(): void {
    this.#holds += 1;
    if (!this.#interrupted) this.#takeBack();
  }

  /** Once for each `hold`. */
  release(): void {
    this.#holds -= 1;
    this.output();
  }

  /** The session has ended, or is being ended for another reason. */
  stop(): void {
    this.#takeBack();
    this.#interrupted = true;
  }

  #after(ms: number, step: () => void): void {
    this.#takeBack();
    this.#takeBack = lateTimer(step, ms);
  }
}
