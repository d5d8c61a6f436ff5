/** Rings for one who waits; a ring while nobody waits is kept for the next wait. */
export class Bell {
  #rung = false;
  #answer: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#answer?.();
  }

  /** Resolves at the next ring, after `ms`, or when `signal` aborts. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#rung && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        const answer = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', answer);
          resolve();
        };
        const timer = setTimeout(answer, ms);
        signal?.addEventListener('abort', answer);
        this.#answer = answer;
      });
      this.#answer = undefined;
    }
    this.#rung = false;
  }
}
