import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultPace } from '../server.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { openDatabase } from './open.js';

let postgres: TestPostgres;
let server: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url, pace: { ...defaultPace, schemaMs: 200 } });
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

async function ask(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(text);
  await client.end();
}

const sentence = /migrated by a newer AgentFleet \(29990101000000_of_tomorrow\).*pdate this server/;
const body = () => ({ prompt: 'go', cwd: `/code/${crypto.randomUUID()}` });
const launch = (headers = {}, sent = body()) => server.call('POST', '/api/v1/runs', { body: sent, headers });
const ready = async () => (await (await server.call('GET', '/readyz', { key: null })).json()) as object;
const cancel = async () => {
  const { id } = (await (await launch()).json()) as { id: string };
  return server.call('POST', `/api/v1/runs/${id}/cancel`, { body: {} });
};

test('an old server whose database a newer one has migrated goes on, and says so', async () => {
  expect(await ready()).toEqual({ status: 'ready' });
  // Every connection has planned what it asks by now, with the columns of before.
  await Promise.all(Array.from({ length: 40 }, cancel));
  await ask(`
    ALTER TABLE runs ADD COLUMN tomorrow TEXT;
    ALTER TABLE approvals ADD COLUMN tomorrow TEXT;
    ALTER TABLE runners ADD COLUMN tomorrow TEXT;
    INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
    VALUES ('tomorrow', 'x', '29990101000000_of_tomorrow', now())`);
  await expect.poll(ready).toMatchObject({ status: 'ready', warning: expect.stringMatching(sentence) });
  expect(server.logged.filter((line) => sentence.test(line))).toHaveLength(1);
  const answers = await Promise.all(Array.from({ length: 40 }, cancel));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await server.call('GET', '/api/v1/runs')).status).toBe(200);
});

test('what an old server can no longer do is answered 503 with the reason, not as a fault', async () => {
  await ask('ALTER TABLE runs RENAME COLUMN cwd_key TO cwd_key_of_tomorrow');
  const [refused, listed] = [await launch(), await server.call('GET', '/api/v1/queue')];
  await ask('ALTER TABLE runs RENAME COLUMN cwd_key_of_tomorrow TO cwd_key');
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({
    error: { code: 'UNAVAILABLE', message: expect.stringMatching(sentence) },
  });
  expect(listed.status).toBe(200);
  expect((await launch()).status).toBe(201);
});

test('an old server does not start on it: it says why, and ends as with a setting that is wrong', async () => {
  await expect(openDatabase({ url: postgres.url, dataDir: null })).rejects.toThrow(sentence);
  const { PATH, SystemRoot } = process.env;
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { PATH, SystemRoot, DATABASE_URL: postgres.url, PORT: '0' },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said).toMatch(sentence);
  expect(said).not.toContain('    at ');
}, 60_000);
