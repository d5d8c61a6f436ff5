import type { Database } from '../db/database.js';
import { promoteAged, type SweptRun, stuckThreads, sweepExpired, sweepLeases } from './sql/sweep-runs.js';
import { advanceThread } from './thread.js';
import { wakeForEnd } from './wake.js';

/** How long a run waits behind more important ones at most, ms. */
const ageMs = 30 * 60_000;

/** See Queue.sweep. */
export async function sweep(database: Database): Promise<number> {
  await database.query(promoteAged, [ageMs]);
  const changed = [
    ...(await database.query<SweptRun>(sweepLeases, [])),
    ...(await database.query<SweptRun>(sweepExpired, [])),
  ];
  for (const run of changed) {
    database.wakeups.wake(`run:${run.id}`);
    wakeForEnd(database.wakeups, run.org_id, run.runner_id);
  }
  for (const { thread_id } of await database.query<{ thread_id: string }>(stuckThreads, [])) {
    await advanceThread(database, thread_id);
  }
  return changed.length;
}
