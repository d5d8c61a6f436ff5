import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let postgres: TestPostgres;
let server: TestServer;
let watcher: pg.Client;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url });
  watcher = new pg.Client({ connectionString: postgres.url });
  await watcher.connect();
});
afterAll(async () => {
  await watcher.end();
  await server.close();
  await postgres.stop();
});

test('while all that one org wants done waits in the database, another one works', async () => {
  const other = await server.makeKey(['admin'], await server.makeOrg());
  const holder = new pg.Client({ connectionString: postgres.url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE runs IN ACCESS EXCLUSIVE MODE');
  const waiting = async () => {
    const { rows } = await watcher.query<{ count: string }>(
      `SELECT count(*) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO runs%'`,
    );
    return Number(rows[0]?.count);
  };
  const body = { prompt: 'go', cwd: '/code' };
  const launched = Array.from({ length: 60 }, () => server.call('POST', '/api/v1/runs', { body }));
  await expect.poll(waiting).toBe(15);
  const made = { key: other, body: { name: 'made', scopes: ['runs:read'] } };
  expect((await server.call('POST', '/api/v1/api-keys', made)).status).toBe(201);
  expect(await waiting()).toBe(15);
  await holder.end();
  expect(new Set((await Promise.all(launched)).map(({ status }) => status))).toEqual(new Set([201]));
});
