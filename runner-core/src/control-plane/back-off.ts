import { setTimeout as delay } from 'node:timers/promises';
import { ControlPlaneError } from './client.js';

const firstMs = 200;
/** However long a server asks to wait, it is asked again after this, ms. */
const mostAskedMs = 5 * 60_000;
/** An outage that is shorter than that is over for a runner within seconds, ms: restarts, failovers. */
const shortMs = 60_000;
/** What the waits grow to in that time, ms: with the jitter half of that on the average. */
const mostInShortMs = 4_000;

/** Growing waits with full jitter, so that many runners do not come back to a restarted server at once. */
export class BackOff {
  #most = firstMs;
  /** When the first try failed, by `#now`. */
  #since: number | undefined;
  readonly #mostMs: number;
  readonly #random: () => number;
  readonly #now: () => number;

  /** @param mostMs what the waits grow to, ms. @param now ms, from whatever beginning */
  constructor(mostMs: number, random: () => number = Math.random, now = () => performance.now()) {
    this.#mostMs = mostMs;
    this.#random = random;
    this.#now = now;
  }

  reset(): void {
    this.#most = firstMs;
    this.#since = undefined;
  }

  /**
   * How long to wait next, ms: as long as the server asked for, and a random part of what grows with each try. A server that asks
   * spreads its callers by that itself: what it asked for is only doubled at most.
   */
  next(error: unknown): number {
    const asked = error instanceof ControlPlaneError ? Math.min(error.retryAfterMs ?? 0, mostAskedMs) : 0;
    this.#since ??= this.#now();
    const most = this.#now() - this.#since < shortMs ? Math.min(this.#mostMs, mostInShortMs) : this.#mostMs;
    this.#most = Math.min(this.#most, most);
    const ms = asked + this.#random() * (asked > 0 ? Math.min(this.#most, asked) : this.#most);
    this.#most = Math.min(this.#most * 2, most);
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
