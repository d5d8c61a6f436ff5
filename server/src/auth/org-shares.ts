import type { Database, Statement } from '../db/database.js';
import { rateLimited } from '../errors.js';
import { MinuteShares, Shares, someTimeMs } from './shares.js';

/** How much an org may ask for, with all its keys, browsers and runners together; null is no limit. */
export interface OrgLimits {
  requestsPerMinute: number | null;
  queuedRuns: number | null;
  /** Of events in a minute, before compression, MB. */
  appendedMbPerMinute: number | null;
  openStreams: number | null;
}

/** More than honest work of one org comes to: some thousands of busy machines, and of viewers. */
export const defaultOrgLimits: OrgLimits = {
  requestsPerMinute: 300_000,
  queuedRuns: 200_000,
  appendedMbPerMinute: 6_000,
  openStreams: 20_000,
};

/** An org, and what holds for it. */
interface LimitedOrg {
  id: string;
  limits: OrgLimits;
}

/** $1 org, $2 how many are worth counting. */
const countQueued: Statement = {
  name: 'count-queued-of-org',
  text: `
SELECT count(*) AS queued FROM (SELECT FROM runs WHERE org_id = $1 AND status = 'QUEUED' LIMIT $2) counted`,
};

interface Queued {
  /** As last counted, with what was launched here since. */
  runs: number;
  countedAt: number;
  counting?: Promise<void> | undefined;
}

/** How old a count may be that lets a run in, and one that refuses one, ms. */
const countedMs = { in: 10_000, out: 250 };
const bytesOfMb = 1_000_000;

/**
 * How much of its limits an org has used. Each server counts for itself. What is queued is counted in the database, now and then,
 * and here in between: a launch waits for no count but where the limit is reached, and what other servers let in shows some seconds later.
 */
export class OrgShares extends Shares {
  readonly #appended = new MinuteShares();
  readonly #queued = new Map<string, Queued>();
  readonly #database: Pick<Database, 'ask'>;

  constructor(database: Pick<Database, 'ask'>) {
    super('org');
    this.#database = database;
  }

  /** Throws RATE_LIMITED, as the others do. */
  async countAppended(
    { id, limits: { appendedMbPerMinute: most } }: LimitedOrg,
    bytes: number,
  ): Promise<void> {
    if (most === null) return;
    // What is larger than all of it waits for a whole minute, not for ever.
    const waitMs = await this.#appended.use(id, most * bytesOfMb, Math.min(bytes, most * bytesOfMb));
    if (waitMs !== undefined)
      throw rateLimited(`This org may append ${most} MB of events in a minute`, waitMs);
  }

  async countQueued({ id, limits: { queuedRuns: most } }: LimitedOrg): Promise<void> {
    if (most === null) return;
    const queued = this.#queued.get(id) ?? { runs: 0, countedAt: Number.NEGATIVE_INFINITY };
    this.#queued.set(id, queued);
    const age = performance.now() - queued.countedAt;
    // That the database is away is said by what comes next.
    if (queued.runs >= most && age > countedMs.out)
      await this.#count(id, queued, most).catch(() => undefined);
    else if (age > countedMs.in) this.#count(id, queued, most).catch(() => undefined);
    if (queued.runs >= most)
      throw rateLimited(`This org may have ${most} sessions queued, and has them`, someTimeMs);
    queued.runs += 1;
  }

  #count(id: string, queued: Queued, most: number): Promise<void> {
    queued.counting ??= (async () => {
      const before = queued.runs;
      try {
        const [row] = await this.#database.ask<{ queued: number }>(countQueued, [id, most]);
        // What was launched meanwhile may have been counted or not.
        queued.runs = (row?.queued ?? 0) + Math.max(0, queued.runs - before);
        queued.countedAt = performance.now();
      } finally {
        queued.counting = undefined;
      }
    })();
    return queued.counting;
  }
}
