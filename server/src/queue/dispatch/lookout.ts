import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../db/database.js';
import { lanesOf, type Span, spansBehind, spansOf } from '../lanes.js';
import { type Head, queueFront, queueHeads } from '../sql/queue-heads.js';
import type { Pair } from './match.js';
import type { KnownSeat, Seat } from './seat.js';

/** Most runs of one lane that one look reads. */
const mostOfLane = 64;

/** Most lanes that one look reads. An org with more has a crowd. */
const mostLanes = 250;

/** Most runs that are read at the front of the queue, where there is a crowd. */
const mostFront = 500;

/** For how long a crowd that was found is believed to be there, ms. */
const crowdMs = 5_000;

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
  /** There are lanes that were not looked at: `readOn` reads the next of them. */
  crowd: boolean;
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
 *
 * A look costs alike however many lanes an org has queued. Of a crowd it reads the front of the queue; where nothing there is to be
 * given, the lanes are gone through, so many at a time, round and round (docs/decisions/0025).
 */
export class Lookout {
  readonly #database: Database;
  readonly #orgId: string;
  #remembered: Remembered | undefined;
  #readAheadFrom = 0;
  #crowdUntil = 0;
  /** The lane that the crowd was gone through to. */
  #place = '';
  /** How often its end was reached since the queue last changed. */
  #wraps = 0;

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
    return { spans, heads: known.heads, complete: false, crowd: known.crowd };
  }

  async read(spans: Span[], asked: number): Promise<Look> {
    const before = this.#remembered;
    const now = performance.now();
    const goesOn =
      before !== undefined && now < before.usedAt + believedMs && isDeepStrictEqual(before.spans, spans);
    const { alone } = this.#database.wakeups;
    const ahead = alone && goesOn && !before.complete && now > this.#readAheadFrom;
    const most = Math.min(ahead ? roundsAhead * asked : asked, mostOfLane);
    const look =
      now < this.#crowdUntil ? await this.#readFront(spans, most) : await this.#readLanes(spans, most);
    this.#remembered = { ...look, readAt: now, usedAt: now, depth: most };
    return look;
  }

  async #readLanes(spans: Span[], most: number): Promise<Look> {
    const heads = await this.#heads(spans, most);
    if (heads.length >= mostLanes && lanesOf(heads).count >= mostLanes) {
      this.#crowdUntil = performance.now() + crowdMs;
      return this.#readFront(spans, most);
    }
    return { spans, heads, complete: heads.length < most, crowd: false };
  }

  /** Of whatever lanes: the seats that may not take a run are found out when they are matched. */
  async #readFront(spans: Span[], most: number): Promise<Look> {
    const heads = await this.#database.query<Head>(queueFront, [this.#orgId, mostFront, most]);
    if (heads.length === 0) this.#crowdUntil = 0;
    return { spans, heads, complete: false, crowd: true };
  }

  /** The lanes of a crowd from where it was last gone through to. */
  async readOn(spans: Span[], asked: number): Promise<Look> {
    const most = Math.min(asked, mostOfLane);
    const rest = spansBehind(spans, this.#place);
    let heads = rest.length === 0 ? [] : await this.#heads(rest, most);
    if (heads.length === 0 && this.#place !== '') {
      this.#wraps += 1;
      heads = await this.#heads(spans, most);
    }
    const { count, last } = lanesOf(heads);
    this.#place = count < mostLanes ? '' : last;
    if (this.#place === '') this.#wraps += 1;
    return { spans, heads, complete: false, crowd: true };
  }

  /** Whether every lane of a crowd has been looked at since the queue last changed, or runs were found. */
  get wentRound(): boolean {
    // The first time it may have begun in the middle.
    return this.#wraps > 1;
  }

  #heads(spans: readonly Span[], most: number): Promise<Head[]> {
    const values = [this.#orgId, spans.map(({ low }) => low), spans.map(({ high }) => high), most, mostLanes];
    return this.#database.query<Head>(queueHeads, values);
  }

  /** These runs were taken, but for those that were `wrong`. */
  took(pairs: readonly Pair<Seat>[], wrong: readonly Pair<Seat>[]): void {
    if (wrong.length > 0) {
      this.#readAheadFrom = performance.now() + cautiousMs;
      this.forget();
    }
    if (pairs.length > wrong.length) this.#wraps = 0;
    const known = this.#remembered;
    if (!known) return;
    const taken = new Set(pairs.map(({ head }) => head));
    known.heads = known.heads.filter((head) => !taken.has(head));
    known.depth -= pairs.length;
  }

  /** The queue is not what it was. */
  forget(): void {
    this.#wraps = 0;
    this.#remembered = undefined;
  }
}
