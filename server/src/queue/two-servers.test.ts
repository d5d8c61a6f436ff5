import { CreateRun } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { openDatabase } from '../db/open.js';
import { createEventLog } from '../eventlog/create-eventlog.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { createQueue } from './create-queue.js';

let postgres: TestPostgres;
let databases: Database[];
const orgId = newId('org_');
const patient = new AbortController().signal;

beforeAll(async () => {
  postgres = await startTestPostgres();
  // All of them at once: each wants to migrate the empty database.
  databases = await Promise.all([1, 2, 3].map(() => openDatabase({ url: postgres.url, dataDir: null })));
  await databases[0]?.prisma.org.create({ data: { id: orgId, name: 'Test' } });
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await postgres.stop();
});

test('three servers that start at once on an empty database migrate it once', async () => {
  const migrations = { name: 'migrations', text: 'SELECT migration_name FROM _prisma_migrations' };
  expect(await databases[0]?.query(migrations, [])).toHaveLength(1);
});

test('a run posted to one server is claimed through another and watched on a third', async () => {
  const [one, two, three] = databases as [Database, Database, Database];
  const queue = createQueue(two);
  const runner = await queue.register(orgId, {
    machineId: crypto.randomUUID(),
    name: 'box',
    hostname: 'box',
    platform: 'linux',
    arch: 'x64',
    version: '0.1.0',
    agentVersion: null,
    directories: ['/code'],
    permissionModes: ['default'],
    maxConcurrentRuns: 1,
  });
  const request = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 20 };
  const claiming = queue.claim(orgId, runner.id, request, patient);
  const { id } = await createQueue(one).enqueue(orgId, CreateRun.parse({ prompt: 'do it', cwd: '/code' }));
  const [run] = (await claiming).runs;
  if (!run) throw new Error('nothing was claimed');
  expect(run.id).toBe(id);

  const next = createEventLog(three).follow(orgId, id, 0, patient)[Symbol.asyncIterator]().next();
  const at = '2026-11-23T10:00:00.000Z';
  const event = { seq: 1, kind: 'system' as const, message: 'session started', data: null, at };
  await createEventLog(two).append(orgId, id, { token: run.token, events: [event] });
  expect(await next).toEqual({ done: false, value: [event] });
});
