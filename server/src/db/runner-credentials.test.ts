import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiKey } from '../auth/api-keys.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { migrate } from './migrate.js';
import { readMigrations } from './migrations.js';

// The migrations that bring runners' own credentials, on a database that has a fleet.

const migrations = readMigrations(fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)));
const before = migrations.slice(
  0,
  migrations.findIndex(({ name }) => name.endsWith('_runner_credentials')),
);
const machineId = '11111111-1111-4111-8111-111111111111';

let postgres: TestPostgres;
let server: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await migrate(client, before);
  await client.query(`
    INSERT INTO orgs (id, name) VALUES ('org_existing0', 'Existing');
    INSERT INTO api_keys (id, org_id, name, hash, prefix, last_four, scopes)
    VALUES ('key_existing0', 'org_existing0', 'fleet', '\\x01', 'af_live_AbC1', 'x9Yz', '{runner}');
    INSERT INTO runners (id, org_id, machine_id, name, hostname, platform, arch, version, directories, directory_keys,
      permission_modes, max_concurrent_runs)
    VALUES ('run_existing0', 'org_existing0', '${machineId}', 'box', 'box', 'linux', 'x64', '0', '{/a}', '{/a}', '{default}', 1)`);
  await client.end();
  server = await startTestServer({ databaseUrl: postgres.url });
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

test('an org that was there requires no credentials, and its runners go on with their key; a new one does', async () => {
  const { prisma } = server.database;
  expect(await prisma.org.findUnique({ where: { id: 'org_existing0' } })).toMatchObject({
    requireRunnerCredentials: false,
  });
  expect(await prisma.org.create({ data: { id: 'org_new000000', name: 'New' } })).toMatchObject({
    requireRunnerCredentials: true,
  });
  const { key } = await createApiKey(server.database, 'org_existing0', { name: 'old', scopes: ['runner'] });
  const old = new RunnerClient(server, key, { machineId });
  expect((await old.register()).id).toBe('run_existing0');
  const current = await RunnerClient.enrolled(server, key, { machineId });
  expect(current.id).toBe('run_existing0');
  expect((await current.claim()).runs).toEqual([]);
});

test('keys of before are without limits', async () => {
  const { prisma } = server.database;
  expect(await prisma.apiKey.findUnique({ where: { id: 'key_existing0' } })).toMatchObject({
    ...{ runnerId: null, mostEnrolments: null, enrolments: 0, directories: [], namePrefix: null },
  });
});
