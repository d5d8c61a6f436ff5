import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { rateLimited } from '../errors.js';

/** How long to wait for what others have to end, ms: nobody knows when they do. */
export const someTimeMs = 10_000;

/**
 * How much was used of what may be used in a minute, which begins with the first use. Counted by each server for itself, so that no
 * request waits for a count that all share.
 */
export class MinuteShares {
  /** By how much they let through. */
  readonly #limiters = new Map<number, RateLimiterMemory>();

  /** @returns how long until the next minute, ms, where it is more than `most`; else undefined */
  async use(id: string, most: number, amount = 1): Promise<number | undefined> {
    let limiter = this.#limiters.get(most);
    if (!limiter) {
      limiter = new RateLimiterMemory({ points: most, duration: 60 });
      this.#limiters.set(most, limiter);
    }
    try {
      await limiter.consume(id, amount);
      return undefined;
    } catch (used) {
      return (used as RateLimiterRes).msBeforeNext;
    }
  }
}

/** How much of what is open for a while is open at this server. */
class OpenShares {
  readonly #open = new Map<string, number>();

  /** @returns a function that tells that it is over, of which repeating is harmless; undefined where `most` are open */
  begin(id: string, most: number): (() => void) | undefined {
    const open = this.#open.get(id) ?? 0;
    if (open >= most) return undefined;
    this.#open.set(id, open + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#open.get(id) ?? 1) - 1;
      if (left > 0) this.#open.set(id, left);
      else this.#open.delete(id);
    };
  }
}

/** A key or an org, and what holds for it; null is no limit. */
export interface Limited {
  id: string;
  limits: { requestsPerMinute: number | null; openStreams: number | null };
}

/** How much of their limits keys, or orgs, have used at this server: another server counts for itself. */
export class Shares {
  readonly #who: 'key' | 'org';
  readonly #requests = new MinuteShares();
  readonly #streams = new OpenShares();

  constructor(who: 'key' | 'org') {
    this.#who = who;
  }

  /** Throws RATE_LIMITED until the minute is over that began with the first request. */
  async countRequest({ id, limits: { requestsPerMinute: most } }: Limited): Promise<void> {
    if (most === null) return;
    const waitMs = await this.#requests.use(id, most);
    if (waitMs !== undefined)
      throw rateLimited(`This ${this.#who} may send ${most} requests in a minute`, waitMs);
  }

  /** Throws RATE_LIMITED. @returns a function that tells that the stream is over; repeating it is harmless */
  openStream({ id, limits: { openStreams: most } }: Limited): () => void {
    if (most === null) return () => undefined;
    const end = this.#streams.begin(id, most);
    if (!end) throw rateLimited(`This ${this.#who} may have ${most} streams open, and has them`, someTimeMs);
    return end;
  }
}
