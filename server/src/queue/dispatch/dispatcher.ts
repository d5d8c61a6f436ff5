import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { PermissionMode } from '@agentfleet/contract';
import type { Bell } from '../../db/bell.js';
import { notFound } from '../../errors.js';
import type { NewRun } from '../sql/insert-run.js';
import type { Head } from '../sql/queue-heads.js';
import { Claimer, type ClaimerOptions, type GivenNew } from './claimer.js';
import { HeadReader, type Look } from './heads.js';
import type { KnownRunners } from './known-runners.js';
import { match, type Pair, pairKey } from './match.js';
import { type Ask, type KnownSeat, Seat } from './seat.js';

/** For how long it stays when nobody is left, ms: while runs are short, everybody is away for a moment at times. */
const lingerMs = 100;

/** How long it rests between two looks at a crowd in which there was nothing to give, ms. */
const restMs = 50;

interface Visitor {
  seat: Seat;
  looked: () => void;
  failed: (error: unknown) => void;
}

/**
 * Brings the claims that wait at this server together with the queue of one org. What comes while it is at work is
 * served together in the next round, so that a round's few statements are shared by everybody who came: the more
 * runners, the less each costs. When runs come, only the runners that get one are woken.
 *
 * Nothing here is trusted: runs are matched with runners as both are known, and the statement that takes the runs
 * (sql/claim-runs.ts) reads them anew and decides. What is known only gives; that there is nothing to do is always read.
 */
export class Dispatcher {
  readonly #known: KnownRunners;
  readonly #reader: HeadReader;
  readonly #claimer: Claimer;
  readonly #stops: readonly (() => void)[];
  readonly #onEmpty: () => void;
  /** In order of arrival. */
  readonly #seats = new Set<Seat>();
  #visitors: Visitor[] = [];
  /** Whether the queue has changed since the last round began. */
  #queueChanged = false;
  #sessionEnded = false;
  /** Whether runs may wait that these seats might take once a session has ended: each looks first, and what comes then says so. */
  #leftOver = false;
  /** Whether the last round left nothing where it looked. */
  #nothingWaits = false;
  #working = false;
  /** There are lanes that nobody has looked at yet. */
  #goesOn = false;
  /** Until when a crowd is not looked at again. */
  #restUntil = 0;
  #leaving: NodeJS.Timeout | undefined;

  constructor(options: ClaimerOptions, orgId: string, onEmpty: () => void) {
    const { database, known } = options;
    this.#known = known;
    this.#reader = new HeadReader(database, orgId);
    this.#claimer = new Claimer(options, orgId, this.#seats);
    this.#onEmpty = onEmpty;
    // Listening begins before the first look, so that nothing slips between look and wait.
    this.#stops = [
      database.wakeups.listen(`queue:${orgId}`, () => {
        this.#queueChanged = true;
        this.#work();
      }),
      database.wakeups.listen(`ended:${orgId}`, () => {
        this.#sessionEnded = true;
        this.#work();
      }),
    ];
  }

  /** `bell` rings when runs were taken for the seat. Leave in the end. */
  enter(ask: Ask, bell: Bell): Seat {
    clearTimeout(this.#leaving);
    const seat = new Seat(ask, bell);
    this.#seats.add(seat);
    return seat;
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
    if (this.#seats.size === 0) this.#leaving = setTimeout(() => this.#close(), lingerMs).unref();
  }

  #close(): void {
    for (const stop of this.#stops) stop();
    this.#onEmpty();
  }

  /** A session of the seat's runner ended: it is rung for if a run may wait for that. */
  sessionEnded(seat: Seat): void {
    seat.sessionEnded = true;
    if (seat.runMayWait) seat.bell.ring();
  }

  /** Reads the seat's runner and takes for it what there is. Throws NOT_FOUND when the org has no such runner. */
  look(seat: Seat): Promise<void> {
    return new Promise((looked, failed) => {
      this.#visitors.push({ seat, looked, failed });
      this.#work();
    });
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#rounds();
  }

  /**
   * Stores a new run that is not pinned as given to a runner that waits, without reading the queue: while nobody is being
   * served, and no other run waits, which the statement sees. Between the POST of a run and its start that is most of the way
   * (docs/decisions/0014).
   * @returns undefined when it is still to be stored; the queue is to be woken unless the run was given
   */
  async giveNew(run: NewRun): Promise<GivenNew | undefined> {
    if (this.#working || this.#leftOver) return undefined;
    const candidates: KnownSeat[] = [];
    for (const seat of this.#seats) if (isCandidate(seat)) candidates.push(seat);
    const [pair] = match([headOf(run)], candidates, noneRefused);
    if (!pair || pair.candidate.state.orgLimit !== null) return undefined;
    this.#working = true;
    try {
      return await this.#claimer.giveNew(pair, run);
    } finally {
      this.#working = false;
      this.#work();
    }
  }

  /** Whether there may be something for those who wait. */
  get #changed(): boolean {
    return this.#queueChanged || this.#goesOn || (this.#sessionEnded && this.#leftOver);
  }

  async #rounds(): Promise<void> {
    while (this.#visitors.length > 0 || (this.#changed && this.#seats.size > 0)) await this.#round();
    // In the same turn as the last look: who comes in between would be told that somebody is at work, and nobody is.
    this.#working = false;
  }

  async #round(): Promise<void> {
    // Whoever was woken by the same thing, or whose request came at the same moment, is served together.
    await setImmediate();
    const rest = this.#restUntil - performance.now();
    if (rest > 0) await delay(rest);
    const visitors = this.#visitors.splice(0);
    const changed = this.#changed;
    if (this.#queueChanged) this.#reader.queueChanged();
    this.#queueChanged = false;
    this.#sessionEnded = false;
    this.#goesOn = false;
    const looking = new Set(visitors.map(({ seat }) => seat));
    const seats = changed ? [...this.#seats] : [...looking];
    for (const seat of seats) {
      seat.sessionEnded = false;
      // Of the others nobody reads what is pinned to their runners.
      if (looking.has(seat)) seat.runMayWait = false;
    }
    let left = true;
    try {
      left = await this.#serve(seats, looking, changed || !this.#nothingWaits);
      for (const { seat, looked, failed } of visitors) {
        if (seat.state) looked();
        else failed(notFound('runner'));
      }
    } catch (error) {
      // Those who wait try by themselves every now and then.
      for (const { failed } of visitors) failed(error);
    }
    this.#leftOver = left || (this.#leftOver && !changed);
    for (const seat of left ? seats : []) {
      seat.runMayWait = true;
      // What the round saw may be older than that end.
      if (seat.sessionEnded) seat.bell.ring();
    }
  }

  /**
   * Takes runs for the seats until there is none, or nobody left, or the rest is refused. In the end the runners of
   * those that look have been read.
   * @param mayWait whether more is to be expected than that nothing is there
   * @returns whether a run may wait that these seats might take once a session has ended
   */
  async #serve(seats: readonly Seat[], looking: ReadonlySet<Seat>, mayWait: boolean): Promise<boolean> {
    let left = true;
    this.#nothingWaits = false;
    const unread = new Set(looking);
    const read = new Set<Seat>();
    const refused = new Set<string>();
    const claim = async (pairs: Pair<Seat>[]) => {
      const asked = new Set([...unread, ...pairs.map(({ candidate }) => candidate)]);
      const { wrong, runsWait } = await this.#claimer.claim([...asked], pairs);
      if (pairs.length > wrong.length) this.#reader.took();
      // Of a runner that was remembered otherwise than it is the next match knows more.
      for (const pair of wrong) if (read.has(pair.candidate)) refused.add(pairKey(pair));
      for (const seat of asked) read.add(seat);
      unread.clear();
      return { wrong, runsWait };
    };
    for (const seat of looking) seat.state = this.#known.recall(seat.ask.runnerId, seat.ask.held);
    // Where nothing waited before, whether something does is asked in the statement that reads the runners.
    const strangers = [...looking].some(({ state }) => state === undefined);
    if (strangers || !mayWait) {
      const { runsWait } = await claim([]);
      if (!runsWait) {
        this.#nothingWaits = true;
        return false;
      }
    }
    let look: Look | undefined;
    let hasLookedOn = false;
    for (;;) {
      const candidates = seats.filter(isCandidate).filter((seat) => this.#seats.has(seat));
      if (candidates.length === 0) break;
      const spans = this.#reader.spansFor(candidates, looking);
      const asked = candidates.reduce((sum, { free }) => sum + free, 0);
      if (!look || !isDeepStrictEqual(look.spans, spans)) look = await this.#reader.read(spans, asked);
      let pairs = match(look.heads, candidates, refused);
      if (pairs.length === 0 && look.crowd && !hasLookedOn) {
        hasLookedOn = true;
        look = await this.#reader.readOn(spans, asked);
        pairs = match(look.heads, candidates, refused);
        // Nobody else is kept from the database by a look for a needle.
        if (pairs.length === 0) {
          this.#restUntil = performance.now() + restMs;
          this.#goesOn = !this.#reader.wentRound;
        }
      }
      left = look.crowd || pairs.length < look.heads.length;
      if (pairs.length === 0 && (!left || unread.size === 0)) break;
      const { wrong } = await claim(pairs);
      if (pairs.length === 0) continue;
      // All there was is taken.
      if (wrong.length === 0 && look.complete) break;
      left = true;
      look = undefined;
    }
    if (unread.size > 0) await claim([]);
    this.#nothingWaits = !left && (look?.complete ?? false);
    return left;
  }
}

const noneRefused: ReadonlySet<string> = new Set();

const isCandidate = (seat: Seat): seat is KnownSeat => seat.state !== undefined && seat.free > 0;

const headOf = ({ id, permissionMode, cwdKey, sharedCwd }: NewRun): Head => ({
  runId: id,
  pinnedTo: null,
  permissionMode: permissionMode as PermissionMode,
  cwdKey,
  sharedCwd,
});
