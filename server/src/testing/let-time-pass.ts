import type { Database, Statement } from '../db/database.js';

const earlier = (table: string, columns: readonly string[]): Statement => ({
  name: `test-earlier-${table}`,
  text: `UPDATE ${table} SET ${columns.map((column) => `${column} = ${column} - $1 * interval '1 ms'`).join(', ')}`,
});

/** Everything of a run and a runner that a clock decides about. */
const clocks = [
  earlier('runs', [
    'lease_expires_at',
    'lost_at',
    'back_at',
    'queued_at',
    'claimed_at',
    'started_at',
    'cancel_requested_at',
  ]),
  earlier('runners', ['last_seen_at', 'told_at', 'left_at', 'polling_until']),
  earlier('approvals', ['requested_at', 'expires_at']),
  earlier('sweeping', ['swept_at', 'resumed_at']),
];

const sweptNow: Statement = {
  name: 'test-swept-now',
  text: `INSERT INTO sweeping (id, swept_at, resumed_at) VALUES (1, now(), 'epoch')
ON CONFLICT (id) DO UPDATE SET swept_at = now()`,
};

/** As if servers had been there all the time until now. */
export async function noteSweeping(database: Database): Promise<void> {
  await database.query(sweptNow, []);
}

/**
 * Lets time pass without waiting for it: moves everything that a clock decides about that much into the past.
 * @param serversSweep whether a server was there all the time; else all of them were away
 */
export async function letTimePass(database: Database, ms: number, serversSweep = true): Promise<void> {
  for (const statement of clocks) await database.query(statement, [ms]);
  if (serversSweep) await noteSweeping(database);
}
