import type { Database } from '../db/database.js';
import { runIdsFrom } from '../db/ids.js';
import { leastRunsFrom, moveAllRunsFrom } from './runs-from.js';
import {
  deleteCommandsOf,
  eraseRuns,
  type LockedOld,
  lockOldRuns,
  noteForgottenParents,
} from './sql/forget-runs.js';

/** Runs that one step looks at: other statements come between two steps. */
const lookedAtOnce = 200;

/**
 * Deletes runs that ended longer ago than `retentionMs`, by the database's clock, as people delete them: a row of figures stays
 * (docs/decisions/0019-what-stays-of-a-deleted-run.md), so that what was used stays the same. One whose events are still shown is left until
 * they are not. It looks at all runs but those that were deleted before, some at a time, and may be stopped and repeated at any time, by any server.
 * @returns how many
 */
export async function forgetRuns(
  database: Database,
  retentionMs: number,
  signal: AbortSignal,
): Promise<number> {
  let runs = 0;
  const least = await leastRunsFrom(database);
  for (let after: string | null = least.slice(0, -1); after !== null && !signal.aborted; ) {
    const values: unknown[] = [retentionMs, after, lookedAtOnce];
    const step: { last: string | null; runs: number } = await database.transaction(async (tx) => {
      const rows = await tx.query<LockedOld>(lockOldRuns, values);
      const ids = rows.flatMap(({ id }) => id ?? []);
      if (ids.length > 0)
        for (const statement of [deleteCommandsOf, eraseRuns, noteForgottenParents])
          await tx.query(statement, [ids]);
      return { last: rows[0]?.last ?? null, runs: ids.length };
    });
    after = step.last;
    runs += step.runs;
  }
  // A run that is made meanwhile is younger, whatever clock its server has.
  await moveAllRunsFrom(database, runIdsFrom(database.now() - retentionMs), signal);
  return runs;
}
