import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../db/database.js';
import { type Span, spansOf } from '../lanes.js';
import { type Head, queueHeads } from '../sql/queue-heads.js';
import type { KnownReach, KnownReaches } from './known-reaches.js';
import type { Seat } from './seat.js';

/** Most runs of one lane that one look reads. */
const mostOfLane = 64;

/** The first runs of the lanes within some spans, in order of the queue. */
export interface Look {
  spans: Span[];
  heads: Head[];
  /** Whether no lane holds more than was read. */
  complete: boolean;
}

/**
 * Reads the heads of an org's queue for seats. Whoever pins a run wakes its runner (which then is among `looking`), so
 * that the pins of all the others need no look, unless the org has a limit.
 */
export class Lookout {
  readonly #database: Database;
  readonly #orgId: string;
  readonly #reaches: KnownReaches;

  constructor(database: Database, orgId: string, reaches: KnownReaches) {
    this.#database = database;
    this.#orgId = orgId;
    this.#reaches = reaches;
  }

  /**
   * Looks while the states of the seats' runners are still being read, on the strength of what they could reach before.
   * Undefined when one of them is not known yet, or when that look failed.
   */
  async foresee(seats: readonly Seat[], looking: ReadonlySet<Seat>): Promise<Look | undefined> {
    const spans = this.#spansOf(seats, looking);
    // Where the database is away, the states say so.
    return spans && this.#read(spans, freeOf(seats)).catch(() => undefined);
  }

  /** `foreseen` serves if it is of what the runners reach now that their states are known. */
  async look(seats: readonly Seat[], looking: ReadonlySet<Seat>, foreseen: Look | undefined): Promise<Look> {
    const spans = this.#spansOf(seats, looking) ?? [];
    if (foreseen && isDeepStrictEqual(foreseen.spans, spans)) return foreseen;
    return this.#read(spans, freeOf(seats));
  }

  #spansOf(seats: readonly Seat[], looking: ReadonlySet<Seat>): Span[] | undefined {
    const reaches = [];
    for (const seat of seats) {
      if (seat.free <= 0) continue;
      const reach: KnownReach | undefined = seat.state ?? this.#reaches.of(seat.ask.runnerId);
      if (!reach) return undefined;
      reaches.push({
        runnerId: seat.ask.runnerId,
        directoryKeys: reach.directoryKeys,
        foldsCase: reach.platform === 'darwin',
        pinned: looking.has(seat) || reach.orgLimit !== null,
      });
    }
    return reaches.length > 0 ? spansOf(reaches) : undefined;
  }

  async #read(spans: Span[], asked: number): Promise<Look> {
    const most = Math.min(asked, mostOfLane);
    const values = [this.#orgId, spans.map(({ low }) => low), spans.map(({ high }) => high), most];
    const heads = await this.#database.query<Head>(queueHeads, values);
    return { spans, heads, complete: heads.length < most };
  }
}

/** How many runs they ask for together. */
const freeOf = (seats: readonly Seat[]) => seats.reduce((sum, { free }) => sum + free, 0);
