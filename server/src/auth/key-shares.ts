import { rateLimited } from '../errors.js';
import type { PresentedKey } from './present-api-key.js';
import { MinuteShares, OpenShares } from './shares.js';

type LimitedKey = Pick<PresentedKey, 'id' | 'limits'>;

/** How long to wait for what others have to end, ms: nobody knows when they do. */
export const someTimeMs = 10_000;

/**
 * How much of its limits a key has used at this server: another server counts for itself. What is queued is counted in the database,
 * where it stands: server/src/queue/sql/insert-run.ts.
 */
export class KeyShares {
  readonly #requests = new MinuteShares();
  readonly #streams = new OpenShares();

  /** Throws RATE_LIMITED until the minute is over that began with the first request. */
  async countRequest({ id, limits: { requestsPerMinute: most } }: LimitedKey): Promise<void> {
    if (most === null) return;
    const waitMs = await this.#requests.use(id, most);
    if (waitMs !== undefined) throw rateLimited(`This key may send ${most} requests in a minute`, waitMs);
  }

  /** Throws RATE_LIMITED. @returns a function that tells that the stream is over; repeating it is harmless */
  openStream({ id, limits: { openStreams: most } }: LimitedKey): () => void {
    if (most === null) return () => undefined;
    const end = this.#streams.begin(id, most);
    if (!end) throw rateLimited(`This key may have ${most} streams open, and has them`, someTimeMs);
    return end;
  }
}
