import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { rateLimited } from '../errors.js';
import type { PresentedKey } from './present-api-key.js';

type LimitedKey = Pick<PresentedKey, 'id' | 'limits'>;

/** How long to wait for what others have to end, ms: nobody knows when they do. */
export const someTimeMs = 10_000;

/**
 * How much of its limits a key has used at this server: another server counts for itself, so that no request waits for a
 * count that all share. What is queued is counted in the database, where it stands: server/src/queue/sql/insert-run.ts.
 */
export class KeyShares {
  /** By how many requests they let through in a minute. */
  readonly #limiters = new Map<number, RateLimiterMemory>();
  /** Open streams by key. */
  readonly #streams = new Map<string, number>();

  /** Throws RATE_LIMITED until the minute is over that began with the first request. */
  async countRequest({ id, limits: { requestsPerMinute } }: LimitedKey): Promise<void> {
    if (requestsPerMinute === null) return;
    let limiter = this.#limiters.get(requestsPerMinute);
    if (!limiter) {
      limiter = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
      this.#limiters.set(requestsPerMinute, limiter);
    }
    try {
      await limiter.consume(id);
    } catch (used) {
      const { msBeforeNext } = used as RateLimiterRes;
      throw rateLimited(`This key may send ${requestsPerMinute} requests in a minute`, msBeforeNext);
    }
  }

  /** Throws RATE_LIMITED. @returns a function that tells that the stream is over; repeating it is harmless */
  openStream({ id, limits: { openStreams } }: LimitedKey): () => void {
    if (openStreams === null) return () => undefined;
    const open = this.#streams.get(id) ?? 0;
    if (open >= openStreams) {
      throw rateLimited(`This key may have ${openStreams} streams open, and has them`, someTimeMs);
    }
    this.#streams.set(id, open + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#streams.get(id) ?? 1) - 1;
      if (left > 0) this.#streams.set(id, left);
      else this.#streams.delete(id);
    };
  }
}
