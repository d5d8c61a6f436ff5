import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatabaseLink } from '../testing/database-link.js';
import { freePort, startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { openDatabase } from './open.js';

let postgres: TestPostgres;
let server: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url });
});
afterAll(async () => {
  await server?.close();
  await postgres?.stop();
});

/** Breaks the connections that there are, as what is set holds for new ones. */
async function set(readOnly: 'on' | 'off'): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const name = new URL(postgres.url).pathname.slice(1);
  await client.query('SET default_transaction_read_only TO off');
  await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only TO ${readOnly}`);
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await client.end();
}
const ready = async (of = server) => (await of.call('GET', '/readyz', { key: null })).status;
const launch = (of = server) => of.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: '/code' } });

test('a database that takes no writes is read, and every write is told so until it takes them again', async () => {
  const { id } = (await (await launch()).json()) as { id: string };
  await set('on');
  await expect.poll(() => ready()).toBe(503);
  const answers = await Promise.all([
    launch(),
    server.call('POST', `/api/v1/runs/${id}/cancel`, { body: {} }),
    server.call('POST', '/api/v1/api-keys', { body: { name: 'x', scopes: ['runs:read'] } }),
    server.call('POST', '/api/v1/org', { body: { requireRunnerCredentials: true } }),
  ]);
  for (const answer of answers) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await answer.json()).toMatchObject({
      error: { code: 'UNAVAILABLE', message: expect.stringContaining('takes no writes') },
    });
  }
  expect((await server.call('GET', `/api/v1/runs/${id}`)).status).toBe(200);
  expect((await server.call('GET', '/api/v1/runs')).status).toBe(200);
  // Another server that starts now serves as well.
  const beside = await openDatabase({ url: postgres.url, dataDir: null });
  expect(await beside.prisma.run.count()).toBe(1);
  await beside.close();
  await set('off');
  await expect.poll(() => ready()).toBe(200);
  expect((await launch()).status).toBe(201);
});

test('a server whose database is not there yet waits for it, says so once, and serves when it comes', async () => {
  const link = await DatabaseLink.to(postgres.url);
  link.goAway();
  const said: string[] = [];
  const opening = openDatabase({ url: link.url, dataDir: null, onWait: (sentence) => said.push(sentence) });
  await expect.poll(() => link.attempts.length, { timeout: 20_000 }).toBeGreaterThan(2);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^Waiting for the database of DATABASE_URL: /);
  link.returns();
  const database = await opening;
  expect(await database.prisma.org.count()).toBeGreaterThan(0);
  await database.close();
  await link.close();
});

test('what no wait could mend ends the start: a wrong password, a database that does not exist', async () => {
  const opened = (change: (url: URL) => void) => {
    const url = new URL(postgres.url);
    change(url);
    return openDatabase({ url: url.href, dataDir: null, onWait: () => undefined });
  };
  await expect(opened((url) => (url.pathname = '/nowhere'))).rejects.toThrow(
    /cannot be used: .*does not exist/,
  );
  await expect(opened((url) => (url.password = 'wrong'))).rejects.toThrow(/cannot be used: .*password/);
});

test('where nobody is told of a wait there is none', async () => {
  const url = `postgresql://postgres@127.0.0.1:${await freePort()}/none`;
  await expect(openDatabase({ url, dataDir: null })).rejects.toThrow(/cannot be used: .*ECONNREFUSED/);
});
