import type { Database } from '../db/database.js';
import { runIdsFrom } from '../db/ids.js';
import { clockSlackMs, keepUsage, readState } from './keep-usage.js';
import { awaitUsageTurn, rebuildMonth, usageOrgs, type WrongUsage } from './sql/keep-usage.js';

export interface RebuildOptions {
  /** Undefined is every org. */
  orgId?: string | undefined;
  /** Says what would be changed, and changes nothing. */
  dryRun: boolean;
  /** Takes each line that is for people. */
  say(line: string): void;
}

/**
 * Holds the sums of usage against the runs, an org's month at a time, and sets right what differs. May be stopped and repeated at
 * any time, while servers work.
 * @returns how many sums differed
 */
export async function rebuildUsage(
  database: Database,
  { orgId, dryRun, say }: RebuildOptions,
): Promise<number> {
  if (!dryRun) await keepUsage(database, new AbortController().signal);
  let wrong = 0;
  const orgs = await database.query<{ id: string; first: string | null }>(usageOrgs, [orgId ?? '']);
  for (const { id, first } of orgs) {
    if (first === null) continue;
    for (let month = new Date(`${first.slice(0, 7)}-01T00:00:00Z`); ; ) {
      const found = await rebuild(database, id, month, dryRun);
      if (!found) break;
      if (found.sums > 0) say(`${id}  ${month.toISOString().slice(0, 7)}  ${words(found)}`);
      wrong += found.sums;
      month = monthAfter(month);
    }
  }
  say(`${wrong} sums of usage ${dryRun ? 'would be' : 'were'} set right.`);
  return wrong;
}

/** @returns undefined where the month is not summed at all */
function rebuild(
  database: Database,
  orgId: string,
  month: Date,
  dryRun: boolean,
): Promise<WrongUsage | undefined> {
  return database.transaction(async (tx) => {
    await tx.query(awaitUsageTurn, []);
    const { summedUntil } = await readState(tx);
    if (summedUntil <= month) return undefined;
    const ids = [month.getTime() - clockSlackMs, monthAfter(month).getTime() + clockSlackMs].map(runIdsFrom);
    const day = month.toISOString().slice(0, 10);
    const [found] = await tx.query<WrongUsage>(rebuildMonth, [orgId, day, summedUntil, ...ids, dryRun]);
    return found;
  });
}

const monthAfter = (month: Date) => new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1));

function words({ sums, runs, costUsd }: WrongUsage): string {
  const missing = (count: number, what: string) =>
    `${Math.abs(count).toLocaleString('en-US', { maximumFractionDigits: 6 })} ${what} ${count < 0 ? 'too many' : 'missing'}`;
  return `${sums} sums were wrong: ${missing(runs, 'sessions')}, ${missing(costUsd, 'USD')}`;
}
