import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../db/database.js';
import { type Span, spansOf } from '../lanes.js';
import { type Head, queueHeads } from '../sql/queue-heads.js';
import type { KnownSeat, Seat } from './seat.js';

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
 * Reads the heads of an org's queue for seats. Whoever pins a run wakes its runner, and so does the end of its sessions
 * (it is among `looking` then), so that the pins of all the others need no look, unless the org has a limit.
 */
export class Lookout {
  readonly #database: Database;
  readonly #orgId: string;

  constructor(database: Database, orgId: string) {
    this.#database = database;
    this.#orgId = orgId;
  }

  /** `before` serves again if it is of what the runners reach. */
  async look(seats: readonly KnownSeat[], looking: ReadonlySet<Seat>, before?: Look): Promise<Look> {
    const spans = spansOf(
      seats.map((seat) => ({
        runnerId: seat.ask.runnerId,
        directoryKeys: seat.state.directoryKeys,
        foldsCase: seat.state.platform === 'darwin',
        pinned: looking.has(seat) || seat.state.orgLimit !== null,
      })),
    );
    if (before && isDeepStrictEqual(before.spans, spans)) return before;
    const asked = seats.reduce((sum, { free }) => sum + free, 0);
    const most = Math.min(asked, mostOfLane);
    const values = [this.#orgId, spans.map(({ low }) => low), spans.map(({ high }) => high), most];
    const heads = await this.#database.query<Head>(queueHeads, values);
    return { spans, heads, complete: heads.length < most };
  }
}
