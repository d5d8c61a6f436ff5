/**
 * Rings for one who waits; a ring while nobody waits is kept for the next wait. Thousands of viewers wait anew for each
 * event, so that a wait takes up almost nothing: the timer and the listener to the signal are the bell's. Close it.
 */
export class Bell {
  readonly #signal: AbortSignal | undefined;
  #rung = false;
  #answer: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerMs: number | undefined;

  /** @param signal ends every wait, once it aborts */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Resolves at the next ring, after `ms`, or when the signal aborts. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung && !this.#signal?.aborted) {
      this.#wakeAfter(ms);
      await new Promise<void>((resolve) => {
        this.#answer = resolve;
      });
      this.#answer = undefined;
    }
    this.#rung = false;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#wake);
  }

  #wakeAfter(ms: number): void {
    if (!this.#timer) this.#signal?.addEventListener('abort', this.#wake);
    if (this.#timer && this.#timerMs === ms) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#timerMs = ms;
    this.#timer = setTimeout(this.#wake, ms);
  }

  readonly #wake = (): void => this.#answer?.();
}
