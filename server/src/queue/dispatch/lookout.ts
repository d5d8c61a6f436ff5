import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../db/database.js';
import { type Span, spansOf } from '../lanes.js';
import { type Head, queueHeads } from '../sql/queue-heads.js';
import type { Pair } from './match.js';
import type { KnownSeat, Seat } from './seat.js';

/** Most runs of one lane that one look reads. */
const mostOfLane = 64;

/** For how many rounds like the last ones a look reads when these follow one another. */
const roundsAhead = 4;

/**
 * For how long what was read ahead is believed, ms: a change of the queue makes it forget at once, so that this bounds only
 * what another server did that has just come.
 */
const believedMs = 50;

/** For how long nothing is read ahead after a run that was read was not there any more, ms. */
const cautiousMs = 1_000;

/** The first runs of the lanes within some spans, in order of the queue. */
export interface Look {
  spans: Span[];
  heads: Head[];
  /** Whether no lane holds more than was read. */
  complete: boolean;
}

interface Remembered extends Look {
  readAt: number;
  usedAt: number;
  /** So many of each lane are still known, or all of it. */
  depth: number;
}

/**
 * Reads the heads of an org's queue for seats. Whoever pins a run wakes its runner, and so does the end of its sessions
 * (it is among `looking` then), so that the pins of all the others need no look, unless the org has a limit.
 *
 * While a server that is alone works a queue off, the runs of the next rounds are read with those of this one. What is
 * remembered only gives: that there is nothing to do is never said from memory.
 */
export class Lookout {
  readonly #database: Database;
  readonly #orgId: string;
  #remembered: Remembered | undefined;
  #readAheadFrom = 0;

  constructor(database: Database, orgId: string) {
    this.#database = database;
    this.#orgId = orgId;
  }

  /** Where the seats' runs would be. */
  spansFor(seats: readonly KnownSeat[], looking: ReadonlySet<Seat>): Span[] {
    return spansOf(
      seats.map((seat) => ({
        runnerId: seat.ask.runnerId,
        directoryKeys: seat.state.directoryKeys,
        foldsCase: seat.state.platform === 'darwin',
        pinned: looking.has(seat) || seat.state.orgLimit !== null,
      })),
    );
  }

  /** What was read before, if it is enough for `asked` runs. */
  recall(spans: Span[], asked: number): Look | undefined {
    const known = this.#remembered;
    const now = performance.now();
    if (!known || now > known.readAt + believedMs || !isDeepStrictEqual(known.spans, spans)) return undefined;
    if (known.depth < asked || known.heads.length < asked || !this.#database.wakeups.alone) return undefined;
    known.usedAt = now;
    return { spans, heads: known.heads, complete: false };
  }

  async read(spans: Span[], asked: number): Promise<Look> {
    const before = this.#remembered;
    const now = performance.now();
    const goesOn =
      before !== undefined && now < before.usedAt + believedMs && isDeepStrictEqual(before.spans, spans);
    const { alone } = this.#database.wakeups;
    const ahead = alone && goesOn && !before.complete && now > this.#readAheadFrom;
    const most = Math.min(ahead ? roundsAhead * asked : asked, mostOfLane);
    const values = [this.#orgId, spans.map(({ low }) => low), spans.map(({ high }) => high), most];
    const heads = await this.#database.query<Head>(queueHeads, values);
    const look = { spans, heads, complete: heads.length < most };
    this.#remembered = { ...look, readAt: now, usedAt: now, depth: most };
    return look;
  }

  /** These runs were taken, but for those that were `wrong`. */
  took(pairs: readonly Pair<Seat>[], wrong: readonly Pair<Seat>[]): void {
    if (wrong.length > 0) {
      this.#readAheadFrom = performance.now() + cautiousMs;
      this.forget();
    }
    const known = this.#remembered;
    if (!known) return;
    const taken = new Set(pairs.map(({ head }) => head));
    known.heads = known.heads.filter((head) => !taken.has(head));
    known.depth -= pairs.length;
  }

  /** The queue is not what it was. */
  forget(): void {
    this.#remembered = undefined;
  }
}
