import type { ClaimedRun, PermissionMode } from '@agentfleet/contract';
import { actorValue } from '../../audit/noted.js';
import type { Database, Queryable } from '../../db/database.js';
import { newAttemptToken } from '../../db/ids.js';
import type { PresentableRun } from '../present-run.js';
import { type ClaimRow, claimRuns, lockOrg, type RunnerState } from '../sql/claim-runs.js';
import type { TakenRun } from '../sql/claimed-run.js';
import { giveAgain } from '../sql/give-again.js';
import { type GivenRow, giveNewRun } from '../sql/give-new-run.js';
import { type NewRun, newRunValues, untouched } from '../sql/insert-run.js';
import { runChanged } from '../wake.js';
import type { KnownRunners } from './known-runners.js';
import type { Pair } from './match.js';
import type { WaitingClaim } from './waiting-claim.js';

export interface ClaimerOptions {
  database: Database;
  leaseMs: number;
  /** Told of every run that is claimed here, and how long it had waited, ms. */
  onClaim: (waitedMs: number) => void;
  /** Shared by the dispatchers of a server. */
  known: KnownRunners;
}

export interface Claimed {
  /** The pairs that were not right any more. */
  wrong: Pair<WaitingClaim>[];
  /** Whether any run of the org may wait in the queue: false is only said when no run was asked for. */
  runsWait: boolean;
}

/** A new run that has been stored. */
export interface GivenNew {
  /** As it was posted. */
  run: PresentableRun;
  given: boolean;
}

/** Reads runners and takes runs for them, in an org: the one place where a run is given away. */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #orgId: string;
  readonly #waiters: ReadonlySet<WaitingClaim>;

  /** @param waiters all the claims that wait here, also while they change */
  constructor(options: ClaimerOptions, orgId: string, waiters: ReadonlySet<WaitingClaim>) {
    this.#options = options;
    this.#orgId = orgId;
    this.#waiters = waiters;
  }

  /**
   * Reads the waiting claims' runners (`state` is undefined of one that the org does not have), and gives the runs of the pairs to
   * theirs, which are among them.
   */
  async claim(waiters: readonly WaitingClaim[], pairs: Pair<WaitingClaim>[]): Promise<Claimed> {
    try {
      return await this.#claimTogether(waiters, pairs);
    } catch (error) {
      if (!metAnother(error)) throw error;
    }
    // Another server was at the same place: that one pair must not cost the others theirs.
    const wrong: Pair<WaitingClaim>[] = [];
    await this.#claimTogether(waiters, []);
    for (const pair of pairs) {
      try {
        wrong.push(...(await this.#claimTogether([pair.candidate], [pair])).wrong);
      } catch (error) {
        if (!metAnother(error)) throw error;
        wrong.push(pair);
      }
    }
    return { wrong, runsWait: true };
  }

  /**
   * Stores a run that is new, as given to the waiting claim if its runner may take it now.
   * @returns it as it was posted, and whether it was given; undefined when that is still to be done, or one with its id is
   *   there
   */
  async giveNew({ candidate, state }: Pair<WaitingClaim>, run: NewRun): Promise<GivenNew | undefined> {
    const { database, leaseMs, onClaim } = this.#options;
    const token = newAttemptToken();
    const { runnerId, facts } = state;
    const known = [...this.#knownTokens([candidate])];
    const values = [...newRunValues(run), runnerId, facts, candidate.free, known, token, leaseMs];
    values.push(actorValue(run.by));
    let row: GivenRow | undefined;
    try {
      [row] = await database.query<GivenRow>(giveNewRun, values);
    } catch (error) {
      if (!metAnother(error)) throw error;
    }
    if (!row) return undefined;
    const { createdAt, leaseExpiresAt } = row;
    if (leaseExpiresAt) {
      noteActive(state, run, token);
      onClaim(0);
      this.#give(candidate, newlyClaimed(run, { runnerId, token, leaseExpiresAt }));
    }
    return { run: { ...run, ...untouched, createdAt }, given: leaseExpiresAt !== null };
  }

  async #claimTogether(waiters: readonly WaitingClaim[], pairs: Pair<WaitingClaim>[]): Promise<Claimed> {
    const { database, leaseMs, onClaim } = this.#options;
    const tokens = new Map(pairs.map((pair) => [newAttemptToken(), pair]));
    const asks = asksOf(waiters);
    const known = this.#knownTokens(waiters);
    const values = [
      this.#orgId,
      asks.map(({ runnerId }) => runnerId),
      asks.map(({ draining }) => draining),
      asks.map(({ waitMs }) => waitMs),
      asks.map(({ slots }) => slots),
      [...known],
      pairs.map(({ head }) => head.runId),
      pairs.map(({ state }) => state.runnerId),
      [...tokens.keys()],
      pairs.map(({ state }) => state.facts),
      leaseMs,
      asks.map(({ toldMs }) => toldMs),
    ];
    const work = (on: Queryable) => on.query<ClaimRow>(claimRuns, values);
    const limited = pairs.some(({ state }) => state.orgLimit !== null);
    const rows = await (limited ? this.#inTurn(work) : work(database));
    await this.#noteStates(waiters, rows, known);
    for (const { run } of rows.map(partsOf)) {
      const pair = run && tokens.get(run.token);
      if (!pair) continue;
      tokens.delete(run.token);
      noteActive(pair.candidate.state, { ...pair.head, id: pair.head.runId }, run.token);
      onClaim(run.waitedMs);
      this.#give(pair.candidate, run);
    }
    return { wrong: [...tokens.values()], runsWait: rows[0]?.runsWait ?? true };
  }

  /** Tokens that the runners hold, or that an answer carries which has not left yet. */
  #knownTokens(waiters: readonly WaitingClaim[]): Set<string> {
    const known = new Set<string>();
    for (const { ask } of waiters) for (const token of ask.held) known.add(token);
    for (const { given } of this.#waiters) for (const { token } of given) known.add(token);
    return known;
  }

  /** Tells the waiting claims how their runners stood before this claim; runs that one does not know of are given again. */
  async #noteStates(waiters: readonly WaitingClaim[], rows: readonly ClaimRow[], known: ReadonlySet<string>) {
    const states = new Map(rows.map((row) => [row.askedId, partsOf(row).state]));
    const lost: { runId: string; token: string }[] = [];
    for (const state of states.values()) {
      this.#options.known.note(state);
      for (const { status, runId, token } of state.active ?? [])
        if (status === 'CLAIMED' && !known.has(token)) lost.push({ runId, token });
    }
    for (const waiter of waiters) {
      waiter.state = states.get(waiter.ask.runnerId);
      if (!waiter.state) this.#options.known.forget(waiter.ask.runnerId);
    }
    if (lost.length === 0) return;
    lost.sort((one, other) => (one.runId < other.runId ? -1 : 1));
    const { database, leaseMs } = this.#options;
    const [runs, tokens] = [lost.map(({ runId }) => runId), lost.map(({ token }) => token)];
    for (const run of await database.query<TakenRun>(giveAgain, [this.#orgId, runs, tokens, leaseMs])) {
      const waiter = waiters.find(({ ask }) => ask.runnerId === run.runnerId);
      if (waiter) this.#give(waiter, run);
    }
  }

  /** Behind the lock the statement sees what the claims before it took: the org's limit is never passed. */
  #inTurn(work: (on: Queryable) => Promise<ClaimRow[]>): Promise<ClaimRow[]> {
    return this.#options.database.transaction(async (tx) => {
      await tx.query(lockOrg, [this.#orgId]);
      return work(tx);
    });
  }

  #give(waiter: WaitingClaim, run: TakenRun): void {
    waiter.given.push(claimedRunOf(run));
    waiter.bell.ring();
    const { database } = this.#options;
    runChanged(database, this.#orgId, run.id);
    database.changes.runner(this.#orgId, run.runnerId);
  }
}

/** What a runner asks for. */
interface Ask {
  runnerId: string;
  draining: boolean;
  waitMs: number;
  slots: number;
  /** How long ago it named all that it holds; null when it has not. */
  toldMs: number | null;
}

/** By runner, in order of id, for one may have several claims open, such as one that it has given up. */
function asksOf(waiters: readonly WaitingClaim[]): Ask[] {
  const asks = new Map<string, Ask>();
  const now = performance.now();
  for (const { ask, free } of waiters) {
    const { runnerId, draining, toldAt } = ask;
    const other = asks.get(runnerId);
    const waitMs = Math.max(0, Math.round(ask.until - now), other?.waitMs ?? 0);
    const told = [toldAt === undefined ? null : Math.ceil(now - toldAt), other?.toldMs ?? null];
    const toldMs = told.reduce((one, two) => (one === null || (two !== null && two < one) ? two : one));
    asks.set(runnerId, { runnerId, draining, waitMs, slots: free + (other?.slots ?? 0), toldMs });
  }
  return [...asks.values()].sort((one, other) => (one.runnerId < other.runnerId ? -1 : 1));
}

function noteActive(
  state: RunnerState | undefined,
  { id, cwdKey, sharedCwd }: Pick<NewRun, 'id' | 'cwdKey' | 'sharedCwd'>,
  token: string,
): void {
  if (!state) return;
  state.active ??= [];
  state.active.push({ runId: id, cwdKey, sharedCwd, status: 'CLAIMED', token, watched: false });
}

/** A run that was claimed when it was stored. */
function newlyClaimed(
  run: NewRun,
  attempt: Pick<TakenRun, 'runnerId' | 'token' | 'leaseExpiresAt'>,
): TakenRun {
  return {
    ...run,
    ...attempt,
    permissionMode: run.permissionMode as PermissionMode,
    attempt: 1,
    resumeSessionId: null,
    lastSeq: 0,
    mayRunAgain: run.maxAttempts > 1,
    waitedMs: 0,
  };
}

/** Name by name: copying the rest of a row costs more than all else that is done with it. */
function claimedRunOf(run: TakenRun): Required<ClaimedRun> {
  return {
    id: run.id,
    token: run.token,
    attempt: run.attempt,
    threadId: run.threadId,
    input: run.input,
    cwd: run.cwd,
    sharedCwd: run.sharedCwd,
    permissionMode: run.permissionMode,
    model: run.model,
    resumeSessionId: run.resumeSessionId,
    timeoutSec: run.timeoutSec,
    stallSec: run.stallSec,
    approvalSec: run.approvalSec,
    maxTurns: run.maxTurns,
    maxBudgetUsd: run.maxBudgetUsd,
    leaseExpiresAt: run.leaseExpiresAt.toISOString(),
    lastSeq: run.lastSeq,
    mayRunAgain: run.mayRunAgain,
  };
}

/** The two things that a row tells. */
function partsOf(row: ClaimRow): { state: RunnerState; run: TakenRun | undefined } {
  const state: RunnerState = {
    runnerId: row.askedId,
    pausedAt: row.pausedAt,
    platform: row.platform,
    directoryKeys: row.directoryKeys,
    permissionModes: row.permissionModes,
    maxConcurrentRuns: row.maxConcurrentRuns,
    orgLimit: row.orgLimit,
    facts: row.facts,
    active: row.active,
    commands: row.commands,
  };
  return { state, run: row.id === null ? undefined : row };
}

/** Two claims took runs of the same directory or thread (unique violation), or each the one that the other wanted (deadlock). */
const metAnother = (error: unknown) => ['23505', '40P01'].includes((error as { code?: string }).code ?? '');
