import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { workUntil } from './ask.js';
import type { Database } from './database.js';
import { openDatabase } from './open.js';

let postgres: TestPostgres;
let database: Database;
beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await openDatabase({ url: postgres.url, dataDir: null, poolSize: 2, answerMs: 1_200 });
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const sleep = { name: 'test-sleep', text: 'SELECT pg_sleep(60)' };
const pid = { name: 'test-pid', text: 'SELECT pg_backend_pid() AS pid' };

/** How many sleep in this database. */
async function asleep(): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    {
      name: 'test-asleep',
      text: `SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`,
    },
    [],
  );
  return row?.count ?? 0;
}

test('a statement that is given up ends in the database, and its connection answers the next', async () => {
  const [before] = await database.ask<{ pid: number }>(pid, []);
  const over = new AbortController();
  const asked = database.ask(sleep, [], over.signal);
  await expect.poll(asleep).toBe(1);
  over.abort();
  await expect(asked).rejects.toMatchObject({ code: '57014' });
  expect(await asleep()).toBe(0);
  expect(await database.ask(pid, [])).toEqual([before]);
});

test('a connection that breaks is not given to the next, whatever the system calls that; one whose statement is refused is', async () => {
  const pool = new pg.Pool({ connectionString: postgres.url, max: 1, idleTimeoutMillis: 0 });
  const patient = new AbortController().signal;
  const fails = (work: (client: pg.PoolClient) => Promise<unknown>) => workUntil(pool, patient, work);
  await expect(fails((client) => client.query('SELECT nothing'))).rejects.toMatchObject({ code: '42703' });
  expect(pool.totalCount).toBe(1);
  for (const code of ['EPIPE', 'ECONNRESET']) {
    const broken = Object.assign(new Error(`write ${code}`), { code });
    await expect(fails(() => Promise.reject(broken))).rejects.toThrow(code);
    expect(pool.totalCount).toBe(0);
  }
  await pool.end();
});

test('what is given up before it begins asks the database nothing', async () => {
  await expect(database.ask(sleep, [], AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect(await asleep()).toBe(0);
});

test('of work that takes too long the database itself ends the statement', async () => {
  await expect(database.query(sleep, [])).rejects.toMatchObject({ code: '57014' });
  expect(await asleep()).toBe(0);
});
