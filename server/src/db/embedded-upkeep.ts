import type pg from 'pg';
import { every, type Repeated } from '../every.js';

/** How often the log is looked at, ms. */
const lookMs = 60_000;
/** How much of the log may be younger than the last checkpoint, bytes: after a crash all of it is done again. */
const mostLogBytes = 32 * 1_048_576;
/** Tidied at every so many looks, and the events at every so many of those. */
const tidyEvery = 10;
const eventsEvery = 6;
const busyTables = 'runs, runners, attempts, commands, api_keys, browser_sessions, idempotency_keys';

/**
 * What a PostgreSQL with processes does by itself: checkpoints, without which the log would grow until the server ends; freeing the space of
 * old row versions; statistics for the planner, with which prepared statements are planned anew. Events are only added, so that once an
 * hour is enough for them.
 */
export function keepUp(pool: pg.Pool): Repeated {
  let looks = 0;
  return every(lookMs, async () => {
    looks += 1;
    const tables = looks % (tidyEvery * eventsEvery) === 0 ? `${busyTables}, events` : busyTables;
    try {
      if (looks % tidyEvery === 0) await pool.query(`VACUUM (ANALYZE) ${tables}`);
      await checkpointWhereDue(pool);
    } catch {
      // It is tried again; a database that is broken says so to everybody else.
    }
  });
}

export async function checkpointWhereDue(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ due: boolean }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) > $1 AS due FROM pg_control_checkpoint()`,
    [mostLogBytes],
  );
  if (rows[0]?.due) await pool.query('CHECKPOINT');
}
