import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { defaultPace } from '../server.js';
import { startTestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const pools = { poolSize: 2, readPoolSize: 1 };
/** Two for work, one for what people ask, one for wake-ups, two for operators. */
const ofServer = 6;
const warning = /fewer connections than may be wanted/;
const warnings = ({ logged }: TestServer) => logged.filter((line) => warning.test(line));

/** A PostgreSQL of its own, with so many connections. @returns the address of a role that is no superuser */
async function startSmall(max: number): Promise<{ url: string; admin: pg.Client }> {
  const settings = { max_connections: String(max), superuser_reserved_connections: '3' };
  const postgres = await startTestPostgres(() => undefined, { initdb: [], settings });
  ends.push(postgres.stop);
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  ends.push(() => admin.end());
  const url = new URL(postgres.url);
  await admin.query(`CREATE ROLE agentfleet LOGIN PASSWORD 'agentfleet'`);
  await admin.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO agentfleet`);
  await admin.query('ALTER SCHEMA public OWNER TO agentfleet');
  url.username = 'agentfleet';
  url.password = 'agentfleet';
  return { url: url.href, admin };
}

async function start(url: string): Promise<TestServer> {
  const pace = { ...defaultPace, schemaMs: 100 };
  const server = await startTestServer({ databaseUrl: url, pace, ...pools });
  ends.push(() => server.close());
  return server;
}

/** Takes every connection of its pools, for as long as the function that comes back is not called. */
async function exhaust({ database }: TestServer): Promise<() => Promise<void>> {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const sleep = { name: 'test-sleep', text: 'SELECT pg_sleep(8)' };
  const over = new AbortController();
  const works = Array.from({ length: database.workers + 3 }, () => database.transaction(() => held));
  const asks = Array.from({ length: database.readers + 3 }, () => database.ask(sleep, [], over.signal));
  // What the server does by itself waits with them.
  await expect.poll(() => database.connections().waiting).toBeGreaterThanOrEqual(6);
  return async () => {
    release();
    over.abort();
    await Promise.allSettled([...works, ...asks]);
  };
}

test('a server takes no more connections than the sum says, and is ready and tells its metrics when all others are in use', async () => {
  const { url, admin } = await startSmall(40);
  const server = await start(url);
  expect(warnings(server)).toEqual([]);
  const release = await exhaust(server);
  const began = performance.now();
  const [ready, metrics] = await Promise.all([
    server.call('GET', '/readyz', { key: null }),
    server.call('GET', '/metrics', { key: null }),
  ]);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(ready.status).toBe(200);
  const text = await metrics.text();
  expect(text).toContain('agentfleet_queue_depth 0');
  expect(text).toContain('agentfleet_housekeeping_backlog{kind="logs"} 0');
  const { rows } = await admin.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = 'agentfleet'`,
  );
  await release();
  expect(rows[0].count).toBeGreaterThanOrEqual(ofServer - 1);
  expect(rows[0].count).toBeLessThanOrEqual(ofServer);
}, 60_000);

test('where PostgreSQL has too few for the servers that there are, each says so once, with the sum', async () => {
  // One server of 6 and 5 for moments: 11 of 14; two: 17.
  const { url } = await startSmall(17);
  const one = await start(url);
  expect(warnings(one)).toEqual([]);
  const two = await start(url);
  for (const server of [one, two]) {
    await expect.poll(() => warnings(server).length).toBe(1);
    expect(warnings(server)[0]).toContain(
      '2 servers may take 6 each, and the command line, a start or a backup 5, which is 17, but max_connections is 17, of which 3 are reserved',
    );
  }
  await expect.poll(() => warnings(one).length, { interval: 300 }).toBe(1);
}, 60_000);

test('a limit of the role or the database counts where it is less', async () => {
  const { url, admin } = await startSmall(40);
  await admin.query('ALTER ROLE agentfleet CONNECTION LIMIT 10');
  expect(warnings(await start(url))[0]).toContain(
    'this server may take 6, and the command line, a start or a backup 5, which is 11, but the role agentfleet may have 10',
  );
  await admin.query('ALTER ROLE agentfleet CONNECTION LIMIT -1');
  const name = new URL(url).pathname.slice(1);
  await admin.query(`ALTER DATABASE ${name} CONNECTION LIMIT 9`);
  expect(warnings(await start(url))[0]).toContain(`the database ${name} lets in 9`);
}, 60_000);

test('with the sum that is documented the command line works beside a server whose pools are all in use', async () => {
  const { url } = await startSmall(ofServer + 5 + 3);
  const server = await start(url);
  expect(warnings(server)).toEqual([]);
  const release = await exhaust(server);
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  const { PATH, SystemRoot } = process.env;
  const child = spawn(process.execPath, [cli, 'list-orgs'], { env: { PATH, SystemRoot, DATABASE_URL: url } });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const [code] = await once(child, 'close');
  await release();
  expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining(server.orgId) });
}, 60_000);
