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
import { type Ask, type KnownClaim, WaitingClaim } from './waiting-claim.js';

/** For how long it stays when nobody is left, ms: while runs are short, everybody is away for a moment at times. */
const lingerMs = 100;

/** How long it rests between two looks at a crowd in which there was nothing to give, ms. */
const restMs = 50;

interface Visitor {
  waiter: WaitingClaim;
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
  readonly #waiters = new Set<WaitingClaim>();
  #visitors: Visitor[] = [];
  /** Whether the queue has changed since the last round began. */
  #queueChanged = false;
  #sessionEnded = false;
  /** Whether runs may wait that these waiting claims might take once a session has ended: each looks first, and what comes then says so. */
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
    this.#claimer = new Claimer(options, orgId, this.#waiters);
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

  /** `bell` rings when runs were taken for the waiting claim. Leave in the end. */
  enter(ask: Ask, bell: Bell): WaitingClaim {
    clearTimeout(this.#leaving);
    const waiter = new WaitingClaim(ask, bell);
    this.#waiters.add(waiter);
    return waiter;
  }

  leave(waiter: WaitingClaim): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#leaving = setTimeout(() => this.#close(), lingerMs).unref();
  }

  #close(): void {
    for (const stop of this.#stops) stop();
    this.#onEmpty();
  }

  /** A session of the waiting claim's runner ended: it is rung for if a run may wait for that. */
  sessionEnded(waiter: WaitingClaim): void {
    waiter.sessionEnded = true;
    if (waiter.runMayWait) waiter.bell.ring();
  }

  /** Reads the waiting claim's runner and takes for it what there is. Throws NOT_FOUND when the org has no such runner. */
  look(waiter: WaitingClaim): Promise<void> {
    return new Promise((looked, failed) => {
      this.#visitors.push({ waiter, looked, failed });
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
    const candidates: KnownClaim[] = [];
    for (const waiter of this.#waiters) if (isCandidate(waiter)) candidates.push(waiter);
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
    while (this.#visitors.length > 0 || (this.#changed && this.#waiters.size > 0)) await this.#round();
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
    const looking = new Set(visitors.map(({ waiter }) => waiter));
    const waiters = changed ? [...this.#waiters] : [...looking];
    for (const waiter of waiters) {
      waiter.sessionEnded = false;
      // Of the others nobody reads what is pinned to their runners.
      if (looking.has(waiter)) waiter.runMayWait = false;
    }
    let left = true;
    try {
      left = await this.#serve(waiters, looking, changed || !this.#nothingWaits);
      for (const { waiter, looked, failed } of visitors) {
        if (waiter.state) looked();
        else failed(notFound('runner'));
      }
    } catch (error) {
      // Those who wait try by themselves every now and then.
      for (const { failed } of visitors) failed(error);
    }
    this.#leftOver = left || (this.#leftOver && !changed);
    for (const waiter of left ? waiters : []) {
      waiter.runMayWait = true;
      // What the round saw may be older than that end.
      if (waiter.sessionEnded) waiter.bell.ring();
    }
  }

  /**
   * Takes runs for the waiting claims until there is none, or nobody left, or the rest is refused. In the end the runners of
   * those that look have been read.
   * @param mayWait whether more is to be expected than that nothing is there
   * @returns whether a run may wait that these waiting claims might take once a session has ended
   */
  async #serve(
    waiters: readonly WaitingClaim[],
    looking: ReadonlySet<WaitingClaim>,
    mayWait: boolean,
  ): Promise<boolean> {
    let left = true;
    this.#nothingWaits = false;
    const unread = new Set(looking);
    const read = new Set<WaitingClaim>();
    const refused = new Set<string>();
    const claim = async (pairs: Pair<WaitingClaim>[]) => {
      const asked = new Set([...unread, ...pairs.map(({ candidate }) => candidate)]);
      const { wrong, runsWait } = await this.#claimer.claim([...asked], pairs);
      if (pairs.length > wrong.length) this.#reader.took();
      // Of a runner that was remembered otherwise than it is the next match knows more.
      for (const pair of wrong) if (read.has(pair.candidate)) refused.add(pairKey(pair));
      for (const waiter of asked) read.add(waiter);
      unread.clear();
      return { wrong, runsWait };
    };
    for (const waiter of looking) waiter.state = this.#known.recall(waiter.ask.runnerId, waiter.ask.held);
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
      const candidates = waiters.filter(isCandidate).filter((waiter) => this.#waiters.has(waiter));
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

const isCandidate = (waiter: WaitingClaim): waiter is KnownClaim =>
  waiter.state !== undefined && waiter.free > 0;

const headOf = ({ id, permissionMode, cwdKey, sharedCwd }: NewRun): Head => ({
  runId: id,
  pinnedTo: null,
  permissionMode: permissionMode as PermissionMode,
  cwdKey,
  sharedCwd,
});
