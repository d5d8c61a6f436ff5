import type { Database, Queryable } from '../db/database.js';
import { runIdsFrom, timeOfRunId } from '../db/ids.js';
import {
  runAfterSome,
  sumChanges,
  sumRuns,
  takeUsageTurn,
  type UsageState,
  usageState,
} from './sql/keep-usage.js';
import { slotMinutes } from './sql/usage-sums.js';

export const slotMs = slotMinutes * 60_000;
/** How far the clock that made a run's id may be from the database's. */
export const clockSlackMs = 24 * 3_600_000;
/** For so long after a run was made the database does not note what changes of it, and a transaction may take another hour. */
const unnotedMs = 2 * 3_600_000;
/**
 * About so many runs are summed in one step, and so much of what was noted: others come between two steps. Fewer wait for more, but
 * for a day at the most: each step writes the sums of all their days and months.
 */
const runsAtOnce = 5_000;
const changesAtOnce = 2_000;
const mostWaitMs = 24 * 3_600_000;

/**
 * Sums what the runs of all orgs used, as far as they are two hours old and many or old enough, and what has changed of those that
 * are summed: the others are read as they are. Any server may do it at any time; it may be stopped and repeated.
 */
export async function keepUsage(database: Database, signal: AbortSignal): Promise<void> {
  for (const step of [sumMoreRuns, sumMoreChanges]) {
    while (!signal.aborted && (await database.transaction((tx) => inTurn(tx, step))));
  }
}

/** How usage stands. */
export async function readState(database: Queryable): Promise<UsageState> {
  const [state] = await database.query<UsageState>(usageState, [unnotedMs]);
  if (!state) throw new Error('usage_state has no row');
  return state;
}

/** @returns whether there may be more to do */
async function inTurn(tx: Queryable, step: (tx: Queryable) => Promise<boolean>): Promise<boolean> {
  const [turn] = await tx.query<{ mine: boolean }>(takeUsageTurn, []);
  return turn?.mine === true && (await step(tx));
}

async function sumMoreRuns(tx: Queryable): Promise<boolean> {
  const { summedUntil, ripe } = await readState(tx);
  const from = summedUntil.getTime();
  const end = Math.floor(ripe.getTime() / slotMs) * slotMs;
  const [next] = await tx.query<{ id: string }>(runAfterSome, [runIdsFrom(from), runsAtOnce]);
  if (from >= end || (!next && end - from < mostWaitMs)) return false;
  // An id that does not tell its time is no place to stop at.
  const some = next ? timeOfRunId(next.id) : end;
  const to = Math.min(end, Math.max(from + slotMs, Math.floor(some / slotMs) * slotMs) || end);
  const ids = [runIdsFrom(from - clockSlackMs), runIdsFrom(to + clockSlackMs)];
  await tx.query(sumRuns, [new Date(from), new Date(to), ...ids, clockSlackMs]);
  return true;
}

async function sumMoreChanges(tx: Queryable): Promise<boolean> {
  const { summedUntil } = await readState(tx);
  const [done] = await tx.query<{ changes: number }>(sumChanges, [summedUntil, changesAtOnce]);
  return done?.changes === changesAtOnce;
}
