import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { migrate } from './migrate.js';
import { ownMigrations } from './open.js';
import { connectTo } from './session.js';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

const columns = 'id, org_id, status, input, cwd, cwd_key, permission_mode, labels, thread_id, lane';

/** Makes, changes and deletes runs as a server of the version before does, until it is told to end. */
async function work(client: pg.Client, ended: AbortSignal): Promise<number> {
  let made = 0;
  while (!ended.aborted) {
    made += 1;
    await client.query(
      `INSERT INTO runs (${columns})
       SELECT 'clrnew' || n, 'org_1', 'QUEUED', 'x', '/x', '/x', 'default', ARRAY['new', 'n' || n, 'new'], 'clrnew' || n, 'lane'
       FROM generate_series($1::int, $1::int) n`,
      [made],
    );
    await client.query(`UPDATE runs SET labels = labels || '{added}'::text[] WHERE id = $1`, [
      `clrold${made * 7}`,
    ]);
    await client.query(`UPDATE runs SET labels = '{}' WHERE id = $1`, [`clrold${made * 7 + 1}`]);
    await client.query('DELETE FROM runs WHERE id = $1', [`clrold${made * 7 + 2}`]);
  }
  return made;
}

/** Labels of runs that the table does not have. */
const missing = `
SELECT DISTINCT r.org_id, label, r.id FROM runs r, unnest(r.labels) label
EXCEPT SELECT org_id, label, run_id FROM run_labels`;

test('the labels of runs are had in full though others write meanwhile and the server is killed in the middle', async () => {
  const [first, second, writer, watcher] = (await Promise.all(
    [1, 2, 3, 4].map(() => connectTo(postgres.url)),
  )) as [pg.Client, pg.Client, pg.Client, pg.Client];
  const own = ownMigrations();
  const before = own.filter(({ name }) => name < '20261130176000');
  await migrate(first, before);
  await first.query(`INSERT INTO orgs (id, name) SELECT 'org_' || n, 'Test' FROM generate_series(0, 2) n`);
  await first.query(
    `INSERT INTO runs (${columns})
     SELECT 'clrold' || n, 'org_' || n % 3, 'SUCCEEDED', 'x', '/x', '/x', 'default', ARRAY['each', 'team-' || n % 20, 'each'],
       'clrold' || n, 'lane' FROM generate_series(1, 60000) n`,
  );
  const { rows: sessions } = await first.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const over = new AbortController();
  const working = work(writer, over.signal);
  const killed = migrate(first, own).catch((error: unknown) => error);
  const has = async (sql: string) => (await watcher.query(sql)).rows.length > 0;
  while (!(await has(`SELECT WHERE to_regclass('run_labels') IS NOT NULL`))) await delay(1);
  // One that the work leaves alone.
  while (!(await has(`SELECT FROM run_labels WHERE run_id = 'clrold1'`))) await delay(1);
  await watcher.query('SELECT pg_terminate_backend($1)', [sessions[0]?.pid]);
  expect(await killed).toBeInstanceOf(Error);
  expect(await has(missing)).toBe(true);
  expect((await migrate(second, own))[0]).toBe('20261130176100_labels_of_old_runs');
  over.abort();
  expect(await working).toBeGreaterThan(20);
  expect((await watcher.query(missing)).rows).toEqual([]);
  const { rows: invalid } = await watcher.query(
    `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid`,
  );
  expect(invalid).toEqual([]);
  for (const client of [second, writer, watcher]) await client.end();
}, 60_000);
