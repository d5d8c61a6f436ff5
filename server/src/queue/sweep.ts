import type { Database } from '../db/database.js';
import { type SweptRun, stuckThreads, sweepExpired, sweepLeases } from './sql/sweep-runs.js';
import { advanceThread } from './thread.js';

/** See Queue.sweep. */
export async function sweep(database: Database): Promise<number> {
  const changed = [
    ...(await database.query<SweptRun>(sweepLeases, [])),
    ...(await database.query<SweptRun>(sweepExpired, [])),
  ];
  for (const run of changed) {
    database.wakeups.wake(`run:${run.id}`);
    database.wakeups.wake(`queue:${run.org_id}`);
  }
  for (const { thread_id } of await database.query<{ thread_id: string }>(stuckThreads, [])) {
    await advanceThread(database, thread_id);
  }
  return changed.length;
}
