import type { Database } from '../db/database.js';

/** @returns how many statements wait for a lock of another, in the whole database */
export async function waitingForLocks(database: Database): Promise<number | undefined> {
  const text = `SELECT count(*) AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  const [row] = await database.query<{ count: number }>({ name: 'waiting-for-locks', text }, []);
  return row?.count;
}
