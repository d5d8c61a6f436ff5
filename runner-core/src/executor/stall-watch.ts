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
  #timer: NodeJS.Timeout | undefined;

  constructor(stallMs: number, steps: StallSteps) {
    this.#stallMs = stallMs;
    this.#steps = steps;
    this.output();
  }

  /** The session said something: the watch begins anew. */
  output(): void {
    if (this.#interrupted) return;
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

  /** The session has ended, or is being ended for another reason. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#interrupted = true;
  }

  #after(ms: number, step: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(step, ms);
  }
}
