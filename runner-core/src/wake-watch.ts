/** A look that comes this much too late, by either clock, tells of a sleep, ms. */
const leapMs = 10_000;

/**
 * Looks at the clocks every now and then. Asleep, a machine runs no timers, and on some systems the monotonic clock
 * stands still too: only the wall clock tells. A wall clock that was set forward reads alike, so what follows must
 * be harmless then.
 */
export class WakeWatch {
  readonly #listener: { tick(): void; woke(): void };
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param tickMs how often it looks, ms */
  constructor(listener: { tick(): void; woke(): void }, tickMs = 1_000) {
    this.#listener = listener;
    this.#tickMs = tickMs;
  }

  start(): void {
    let last = { wall: Date.now(), monotonic: performance.now() };
    this.#timer = setInterval(() => {
      const now = { wall: Date.now(), monotonic: performance.now() };
      const passed = Math.max(now.wall - last.wall, now.monotonic - last.monotonic);
      last = now;
      if (passed > this.#tickMs + leapMs) this.#listener.woke();
      this.#listener.tick();
    }, this.#tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
