import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer } from '../testing/server.js';
import { migrate } from './migrate.js';
import { openDatabase, ownMigrations } from './open.js';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** Roles are the whole cluster's, whose databases others use at the same time. */
const role = `servers_${crypto.randomUUID().slice(0, 8)}`;

let postgres: TestPostgres;
let client: pg.Client;
beforeAll(async () => {
  postgres = await startTestPostgres();
  client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(
    `CREATE ROLE ${role} LOGIN PASSWORD 'secret'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
  );
});
afterAll(async () => {
  await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await client.end();
  await postgres.stop();
});

const asServers = () => {
  const url = new URL(postgres.url);
  [url.username, url.password] = [role, 'secret'];
  return url.href;
};
const agentfleet = (...given: string[]) =>
  run(process.execPath, [cli, ...given], { env: { ...process.env, DATABASE_URL: postgres.url } });

test('a role that may not change the schema is told who may, and serves with one that is up to date', async () => {
  await expect(openDatabase({ url: asServers(), dataDir: null })).rejects.toThrow(
    /may not bring the schema .* up to date \(permission denied.*npm run agentfleet -- migrate/,
  );
  const { stdout } = await agentfleet('migrate', '--for', role);
  expect(stdout).toContain(`applied  ${ownMigrations()[0]?.name}`);
  expect(stdout).toContain('The database is up to date.');
  // The servers may make none.
  const { rows: ahead } = await client.query(`SELECT FROM pg_inherits WHERE inhparent = 'events'::regclass`);
  expect(ahead.length).toBeGreaterThan(12);
  const server = await startTestServer({ databaseUrl: asServers() });
  const made = await server.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: '/code' } });
  expect(made.status).toBe(201);
  await server.queue.sweep();
  await server.close();
  expect((await agentfleet('migrate')).stdout).toBe('The database was up to date.\n');
  await expect(agentfleet('migrate', '--for', 'nobody; --')).rejects.toThrow('There is no role nobody; --');
});

test('a migration that fails names itself and its statement, and leaves nothing behind', async () => {
  const broken = {
    name: '29990101000000_broken',
    sql: '-- Why.\nCREATE TABLE half (id TEXT);\n\n-- It is not there.\nALTER TABLE missing\n  ADD COLUMN x TEXT;',
    checksum: 'x',
  };
  await expect(migrate(client, [...ownMigrations(), broken])).rejects.toThrow(
    'The migration 29990101000000_broken failed at "ALTER TABLE missing ADD COLUMN x TEXT": relation "missing" does not exist. Nothing of it was applied',
  );
  const { rows } = await client.query(`SELECT to_regclass('half') AS half`);
  expect(rows).toEqual([{ half: null }]);
});

test('a migration that would make everybody wait behind it gives up, and a server that starts tries it again', async () => {
  const holder = new pg.Client({ connectionString: postgres.url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE orgs IN ACCESS SHARE MODE');
  const slow = { name: '29990101000001_slow', sql: 'ALTER TABLE orgs ADD COLUMN slow TEXT', checksum: 'x' };
  const failed = migrate(client, [...ownMigrations(), slow]);
  await expect(failed).rejects.toThrow(/29990101000001_slow failed at "ALTER TABLE orgs .*lock timeout/);
  await holder.query('COMMIT');
  await holder.end();
  const { rows } = await client.query(`SELECT current_setting('lock_timeout') AS lock`);
  expect(rows).toEqual([{ lock: '0' }]);
});

test('an index is built outside of a transaction, by one of two that start at once, and anew where it was left half built', async () => {
  await client.query(`CREATE INDEX runs_odd ON runs (cwd)`);
  await client.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'runs_odd'::regclass`);
  const built = {
    name: '29990101000002_index',
    sql: '-- Why.\nCREATE INDEX CONCURRENTLY "runs_odd" ON "runs"("model");\n',
    checksum: 'x',
  };
  const other = new pg.Client({ connectionString: postgres.url });
  await other.connect();
  const all = [...ownMigrations(), built];
  const applied = await Promise.all([migrate(client, all), migrate(other, all)]);
  await other.end();
  expect(applied.flat()).toEqual([built.name]);
  const { rows } = await client.query(
    `SELECT indisvalid AS valid, pg_get_indexdef(indexrelid) AS made FROM pg_index WHERE indexrelid = 'runs_odd'::regclass`,
  );
  expect(rows).toEqual([{ valid: true, made: expect.stringContaining('(model)') }]);
  await client.query('DROP INDEX runs_odd');
  await client.query('DELETE FROM _prisma_migrations WHERE migration_name = $1', [built.name]);
});
