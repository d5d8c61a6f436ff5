import type { Database } from '../../db/database.js';
import { lanesOf, type Span, spansBehind, spansOf } from '../lanes.js';
import { type Head, queueFront, queueHeads } from '../sql/queue-heads.js';
import type { KnownClaim, WaitingClaim } from './waiting-claim.js';

/** Most runs of one lane that one look reads. */
const mostOfLane = 64;

/** Most lanes that one look reads. An org with more has a crowd. */
const mostLanes = 250;

/** Most runs that are read at the front of the queue, where there is a crowd. */
const mostFront = 500;

/** For how long a crowd that was found is believed to be there, ms. */
const crowdMs = 5_000;

/** The first runs of the lanes within some spans, in order of the queue. */
export interface Look {
  spans: Span[];
  heads: Head[];
  /** Whether no lane holds more than was read. */
  complete: boolean;
  /** There are lanes that were not looked at: `readOn` reads the next of them. */
  crowd: boolean;
}

/**
 * Reads the heads of an org's queue for waiting claims. Whoever pins a run wakes its runner, and so does the end of its sessions
 * (it is among `looking` then), so that the pins of all the others need no look, unless the org has a limit.
 *
 * A look costs alike however many lanes an org has queued. Of a crowd it reads the front of the queue; where nothing there is to be
 * given, the lanes are gone through, so many at a time, round and round (docs/decisions/0025).
 */
export class HeadReader {
  readonly #database: Database;
  readonly #orgId: string;
  #crowdUntil = 0;
  /** The lane that the crowd was gone through to. */
  #place = '';
  /** How often its end was reached since the queue last changed. */
  #wraps = 0;

  constructor(database: Database, orgId: string) {
    this.#database = database;
    this.#orgId = orgId;
  }

  /** Where the waiting claims' runs would be. */
  spansFor(waiters: readonly KnownClaim[], looking: ReadonlySet<WaitingClaim>): Span[] {
    return spansOf(
      waiters.map((waiter) => ({
        runnerId: waiter.ask.runnerId,
        directoryKeys: waiter.state.directoryKeys,
        foldsCase: waiter.state.platform === 'darwin',
        pinned: looking.has(waiter) || waiter.state.orgLimit !== null,
      })),
    );
  }

  /** The first `asked` runs of each lane; of a crowd those at the front of the queue. */
  read(spans: Span[], asked: number): Promise<Look> {
    const most = Math.min(asked, mostOfLane);
    return performance.now() < this.#crowdUntil ? this.#readFront(spans, most) : this.#readLanes(spans, most);
  }

  async #readLanes(spans: Span[], most: number): Promise<Look> {
    const heads = await this.#heads(spans, most);
    if (heads.length >= mostLanes && lanesOf(heads).count >= mostLanes) {
      this.#crowdUntil = performance.now() + crowdMs;
      return this.#readFront(spans, most);
    }
    return { spans, heads, complete: heads.length < most, crowd: false };
  }

  /** Of whatever lanes: the waiting claims that may not take a run are found out when they are matched. */
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

  /** Runs were taken: of a crowd every lane is to be looked at again. */
  took(): void {
    this.#wraps = 0;
  }

  queueChanged(): void {
    this.#wraps = 0;
  }
}
