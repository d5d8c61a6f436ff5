import { setImmediate } from 'node:timers/promises';
import type { ClaimedRun } from '@agentfleet/contract';
import type { Bell } from '../../db/bell.js';
import type { Database, Queryable } from '../../db/database.js';
import { newAttemptToken } from '../../db/ids.js';
import { notFound } from '../../errors.js';
import { type RunnerState, runnerStates } from '../sql/runner-states.js';
import { giveAgain, lockOrg, type TakenRun, takeRuns } from '../sql/take-runs.js';
import type { KnownReaches } from './known-reaches.js';
import { type Look, Lookout } from './lookout.js';
import { match, type Pair, pairKey } from './match.js';
import { type Ask, Seat } from './seat.js';

const uniqueViolation = '23505';

export interface DispatcherOptions {
  database: Database;
  leaseMs: number;
  /** Told of every run that is claimed here, and how long it had waited, ms. */
  onClaim: (waitedMs: number) => void;
  /** Shared by the dispatchers of a server. */
  reaches: KnownReaches;
}

/** A seat whose runner is known. */
type KnownSeat = Seat & { state: RunnerState };

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
 * Nothing here is trusted: each claim is decided by the statement that takes it (sql/take-runs.ts).
 */
export class Dispatcher {
  readonly #database: Database;
  readonly #orgId: string;
  readonly #leaseMs: number;
  readonly #onClaim: (waitedMs: number) => void;
  readonly #reaches: KnownReaches;
  readonly #lookout: Lookout;
  readonly #stop: () => void;
  readonly #onEmpty: () => void;
  /** In order of arrival. */
  readonly #seats = new Set<Seat>();
  #visitors: Visitor[] = [];
  #queueChanged = false;
  #working = false;

  constructor(options: DispatcherOptions, orgId: string, onEmpty: () => void) {
    const { database, leaseMs, onClaim, reaches } = options;
    this.#database = database;
    this.#onClaim = onClaim;
    this.#reaches = reaches;
    this.#lookout = new Lookout(database, orgId, reaches);
    this.#orgId = orgId;
    this.#leaseMs = leaseMs;
    this.#onEmpty = onEmpty;
    // Listening begins before the first look, so that nothing slips between look and wait.
    this.#stop = database.wakeups.listen(`queue:${orgId}`, () => {
      this.#queueChanged = true;
      this.#work();
    });
  }

  /** `bell` rings when runs were taken for the seat. Leave in the end. */
  enter(ask: Ask, bell: Bell): Seat {
    const seat = new Seat(ask, bell);
    this.#seats.add(seat);
    return seat;
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
    if (this.#seats.size > 0) return;
    this.#stop();
    this.#onEmpty();
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
    void this.#rounds().finally(() => {
      this.#working = false;
    });
  }

  async #rounds(): Promise<void> {
    while (this.#visitors.length > 0 || (this.#queueChanged && this.#seats.size > 0)) {
      // Whoever was woken by the same thing, or whose request came at the same moment, is served together.
      await setImmediate();
      const visitors = this.#visitors.splice(0);
      const changed = this.#queueChanged;
      this.#queueChanged = false;
      try {
        const looking = new Set(visitors.map(({ seat }) => seat));
        const seats = changed ? [...this.#seats] : [...looking];
        const foreseen = looking.size > 0 ? this.#lookout.foresee(seats, looking) : undefined;
        await this.#readStates([...looking]);
        await this.#fill(seats, looking, await foreseen);
        for (const { seat, looked, failed } of visitors) {
          if (seat.state) looked();
          else failed(notFound('runner'));
        }
      } catch (error) {
        // Those who wait try by themselves every now and then.
        for (const { failed } of visitors) failed(error);
      }
    }
  }

  async #readStates(seats: Seat[]): Promise<void> {
    if (seats.length === 0) return;
    const values = [
      this.#orgId,
      seats.map(({ ask }) => ask.runnerId),
      seats.map(({ ask }) => ask.draining),
      seats.map(({ ask }) => ask.waitMs),
    ];
    const states = await this.#database.query<RunnerState>(runnerStates, values);
    const byId = new Map(states.map((state) => [state.runnerId, state]));
    for (const state of states) this.#reaches.note(state);
    const unknown: string[] = [];
    for (const seat of seats) {
      seat.state = byId.get(seat.ask.runnerId);
      for (const { status, token } of seat.state?.active ?? [])
        if (status === 'CLAIMED' && !seat.ask.held.has(token) && !this.#isUnderway(token))
          unknown.push(token);
    }
    if (unknown.length === 0) return;
    const again = await this.#database.query<TakenRun>(giveAgain, [this.#orgId, unknown, this.#leaseMs]);
    for (const run of again) {
      const seat = seats.find(({ ask }) => ask.runnerId === run.runnerId && !ask.held.has(run.token));
      if (seat) this.#give(seat, run);
    }
  }

  /** Whether an answer that has not left yet carries the attempt. */
  #isUnderway(token: string): boolean {
    for (const { given } of this.#seats) if (given.some((run) => run.token === token)) return true;
    return false;
  }

  /**
   * Takes runs for the seats until there is none, or nobody left, or the rest is refused. `foreseen` is what was read
   * of the queue for them while their states were.
   */
  async #fill(seats: Seat[], looking: ReadonlySet<Seat>, foreseen: Look | undefined): Promise<void> {
    const refused = new Set<string>();
    let ahead = foreseen;
    let fresh = false;
    for (;;) {
      const candidates = seats.filter(
        (seat): seat is KnownSeat => seat.state !== undefined && seat.free > 0 && this.#seats.has(seat),
      );
      if (candidates.length === 0) return;
      const { heads, complete } = await this.#lookout.look(candidates, looking, ahead);
      ahead = undefined;
      const pairs = match(heads, candidates, refused);
      if (pairs.length === 0) return;
      const wrong = await this.#take(pairs);
      for (const { head, candidate } of wrong) refused.add(pairKey(head, candidate));
      // All there was is taken.
      if (wrong.length === 0 && complete) return;
      // What was known of them when they sat down may be old.
      if (wrong.length > 0 && !fresh) {
        await this.#readStates(candidates);
        fresh = true;
      }
    }
  }

  /** @returns the pairs that were not right any more */
  async #take(pairs: Pair<KnownSeat>[]): Promise<Pair<KnownSeat>[]> {
    try {
      return await this.#takeTogether(pairs);
    } catch (error) {
      if ((error as { code?: string }).code !== uniqueViolation) throw error;
      // Another server was at the same place: that one pair must not cost the others theirs.
      if (pairs.length === 1) return pairs;
      const wrong: Pair<KnownSeat>[] = [];
      for (const pair of pairs) wrong.push(...(await this.#take([pair])));
      return wrong;
    }
  }

  async #takeTogether(pairs: Pair<KnownSeat>[]): Promise<Pair<KnownSeat>[]> {
    const tokens = new Map(pairs.map((pair) => [newAttemptToken(), pair]));
    const values = [
      this.#orgId,
      pairs.map(({ head }) => head.runId),
      pairs.map(({ candidate }) => candidate.state.runnerId),
      [...tokens.keys()],
      this.#leaseMs,
    ];
    const work = (on: Queryable) => on.query<TakenRun>(takeRuns, values);
    const limited = pairs.some(({ candidate }) => candidate.state.orgLimit !== null);
    const taken = await (limited ? this.#inTurn(work) : work(this.#database));
    for (const run of taken) {
      const pair = tokens.get(run.token);
      if (!pair) continue;
      tokens.delete(run.token);
      const { runId, cwdKey, sharedCwd } = pair.head;
      pair.candidate.state.active ??= [];
      pair.candidate.state.active.push({
        runId,
        cwdKey,
        sharedCwd,
        status: 'CLAIMED',
        token: run.token,
        watched: false,
      });
      this.#onClaim(run.waitedMs);
      this.#give(pair.candidate, run);
    }
    return [...tokens.values()];
  }

  /** Behind the lock the statement sees what the claims before it took: the org's limit is never passed. */
  #inTurn(work: (on: Queryable) => Promise<TakenRun[]>): Promise<TakenRun[]> {
    return this.#database.transaction(async (tx) => {
      await tx.query(lockOrg, [this.#orgId]);
      return work(tx);
    });
  }

  #give(seat: Seat, { runnerId: _runner, waitedMs: _waited, leaseExpiresAt, ...run }: TakenRun): void {
    const claimed: ClaimedRun = { ...run, leaseExpiresAt: leaseExpiresAt.toISOString() };
    seat.given.push(claimed);
    seat.bell.ring();
    this.#database.wakeups.wake(`run:${run.id}`);
  }
}
