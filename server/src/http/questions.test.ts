import type { ErrorEnvelope } from '@agentfleet/contract';
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

/** As slow as can be: whoever reads approvals waits until the function that comes back is called. */
async function holdApprovals(): Promise<() => Promise<unknown>> {
  const holder = new pg.Client({ connectionString: postgres.url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE approvals IN ACCESS EXCLUSIVE MODE');
  return () => holder.end();
}

/** How many statements wait there in the database. */
async function atWork(): Promise<number> {
  const { rows } = await watcher.query<{ count: string }>(
    `SELECT count(*) FROM pg_locks WHERE relation = 'approvals'::regclass AND NOT granted`,
  );
  return Number(rows[0]?.count);
}

const ask = (key: string, path = '/approvals', signal?: AbortSignal) =>
  server.call('GET', `/api/v1${path}`, { key, ...(signal && { signal }) });

test('a question whose caller has left is given up in the database too, and is no fault of the server', async () => {
  const release = await holdApprovals();
  const callers = Array.from({ length: 6 }, () => new AbortController());
  const asked = callers.map(({ signal }) => ask(server.key, '/approvals', signal));
  await expect.poll(atWork).toBe(4);
  for (const caller of callers) caller.abort();
  await Promise.allSettled(asked);
  await expect.poll(atWork).toBe(0);
  await release();
  expect((await ask(server.key)).status).toBe(200);
  const lines = server.logged.map((line) => JSON.parse(line) as { level: number; status?: number });
  expect(lines.filter(({ status }) => status === 499)).toHaveLength(6);
  expect(lines.filter(({ level }) => level > 30)).toEqual([]);
});

test('of 25 questions with one key few are at work at once, the rest are told when to come again, and another org waits for none', async () => {
  const release = await holdApprovals();
  const [readKey, other] = [await server.makeKey(['runs:read']), await server.makeOrg()];
  const otherKey = await server.makeKey(['admin'], other);
  const answers = Promise.all(Array.from({ length: 25 }, () => ask(readKey)));
  await expect.poll(atWork).toBe(4);
  // Another key of the org has a place beside the first, and the org no more than it has.
  const colleague = [1, 2, 3].map(() => ask(server.key));
  await expect.poll(atWork).toBe(6);
  for (const path of ['/runners', '/queue', '/usage']) expect((await ask(otherKey, path)).status).toBe(200);
  const launched = { key: otherKey, body: { prompt: 'go', cwd: '/code' } };
  expect((await server.call('POST', '/api/v1/runs', launched)).status).toBe(201);
  const theirs = ask(otherKey);
  await expect.poll(atWork).toBe(7);
  await expect.poll(() => server.logged.filter((line) => line.includes('"status":429')).length).toBe(22);
  await release();
  const all = [...(await answers), ...(await Promise.all(colleague)), await theirs];
  const statuses = all.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array(7).fill(200), ...Array(22).fill(429)]);
  const refused = all.find(({ status }) => status === 429);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  const { error } = (await (refused as Response).json()) as ErrorEnvelope;
  expect(error).toEqual({ code: 'RATE_LIMITED', message: expect.stringMatching(/lists and searches/) });
});

test('while another org is there, fewer are at work at once: two of a key, three of an org', async () => {
  const [other, colleague] = [await server.makeOrg(), await server.makeKey(['runs:read'])];
  const otherKey = await server.makeKey(['admin'], other);
  const release = await holdApprovals();
  expect((await ask(otherKey, '/queue')).status).toBe(200);
  const asked = Array.from({ length: 5 }, () => ask(server.key));
  await expect.poll(atWork).toBe(2);
  asked.push(ask(colleague), ask(colleague));
  await expect.poll(atWork).toBe(3);
  asked.push(ask(otherKey));
  await expect.poll(atWork).toBe(4);
  await release();
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
});

test('who opens a hundred pages at once is answered all of them, in turn', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(server.key, '/runs')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});
