import { setTimeout as delay } from 'node:timers/promises';
import { ControlPlaneError } from './client.js';

const firstMs = 200;
/** However long a server asks to wait, it is asked again after this, ms. */
const mostAskedMs = 5 * 60_000;

/** Growing waits with full jitter, so that many runners do not come back to a restarted server at once. */
export class BackOff {
  #most = firstMs;
  readonly #mostMs: number;
  readonly #random: () => number;

  /** @param mostMs what the waits grow to, ms */
  constructor(mostMs: number, random: () => number = Math.random) {
    this.#mostMs = mostMs;
    this.#random = random;
  }

  reset(): void {
    this.#most = firstMs;
  }

  /** How long to wait next, ms: as long as the server asked for, and a random part of what grows with each try. */
  next(error: unknown): number {
    const asked = error instanceof ControlPlaneError ? (error.retryAfterMs ?? 0) : 0;
    const ms = Math.min(asked, mostAskedMs) + this.#random() * this.#most;
    this.#most = Math.min(this.#most * 2, this.#mostMs);
    return ms;
  }

  /**
   * Waits for `next`. Returns early when aborted.
   * @param back ControlPlane.back: ends the wait for a server that did not answer as soon as it has answered anybody
   */
  async wait(error: unknown, signal?: AbortSignal, back?: AbortSignal): Promise<void> {
    const wasAway = error instanceof ControlPlaneError && error.code === 'UNREACHABLE';
    const ends = [signal, wasAway ? back : undefined].filter((end) => end !== undefined);
    await delay(this.next(error), undefined, { signal: AbortSignal.any(ends) }).catch(() => undefined);
  }
}
