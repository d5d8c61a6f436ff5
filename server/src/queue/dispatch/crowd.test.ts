import { CreateRun, type PermissionMode } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database, Queryable } from '../../db/database.js';
import { newId } from '../../db/ids.js';
import { openDatabase } from '../../db/open.js';
import { machine } from '../../testing/machine.js';
import { startTestPostgres, type TestPostgres } from '../../testing/postgres.js';
import { createQueue } from '../create-queue.js';
import { laneOf } from '../lanes.js';
import { defaultPolicy } from '../policy.js';

let postgres: TestPostgres;
let database: Database;
let orgId: string;
beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await openDatabase({ url: postgres.url, dataDir: null });
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});
beforeEach(async () => {
  orgId = newId('org_');
  await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
});

const patient = new AbortController().signal;
/** Nobody polls while a test runs. */
const policy = { ...defaultPolicy, pollMs: 24 * 3_600_000 };

/** Queues one run in each of so many directories, the last of them by name first. */
async function crowd(count: number, permissionMode: PermissionMode = 'default'): Promise<void> {
  const lane = laneOf({ pinnedTo: null, cwdKey: '%', permissionMode, sharedCwd: false });
  const text = `
INSERT INTO runs (id, org_id, thread_id, input, cwd, cwd_key, permission_mode, labels, lane)
SELECT 'clr' || $1 || n, $1, 'clr' || $1 || n, 'go', dir, dir, $3, '{}', replace($4, '%', dir)
FROM generate_series($2::int, 1, -1) n CROSS JOIN LATERAL (SELECT '/code/' || lpad(n::text, 6, '0') AS dir) at`;
  await database.query({ name: 'test-crowd', text }, [orgId, count, permissionMode, lane]);
}

/** A queue that counts the rows it reads of the queue. */
function countingQueue() {
  const rows: number[] = [];
  const query: Queryable['query'] = async (statement, values) => {
    const found = await database.query<never>(statement, values);
    if (statement.name.startsWith('queue-')) rows.push(found.length);
    return found;
  };
  return { queue: createQueue({ ...database, query }, policy), rows };
}

const ask = { leases: [], acknowledged: [], draining: false, slots: 4, waitSec: 0 };

test('what a look at the queue reads does not grow with the directories that are queued, and the oldest go first', async () => {
  await crowd(3_000);
  const { queue, rows } = countingQueue();
  const { id } = await queue.register(orgId, machine({ directories: ['/code'], maxConcurrentRuns: 100 }));
  const taken: string[] = [];
  const leases: { runId: string; token: string }[] = [];
  for (let round = 0; round < 5; round += 1) {
    const { runs } = await queue.claim(orgId, id, { ...ask, leases }, patient);
    taken.push(...runs.map(({ cwd }) => cwd));
    leases.push(...runs.map((run) => ({ runId: run.id, token: run.token })));
  }
  expect(taken).toEqual(
    Array.from({ length: 20 }, (_, nth) => `/code/${String(3_000 - nth).padStart(6, '0')}`),
  );
  expect(Math.max(...rows)).toBeLessThanOrEqual(1_000);
  expect(rows.length).toBeLessThanOrEqual(10);
});

test('a run that stands behind thousands of directories which nobody may take is found by who waits for it', async () => {
  await crowd(2_000, 'bypassPermissions');
  const { queue, rows } = countingQueue();
  const facts = machine({ directories: ['/code'], permissionModes: ['default'] });
  const { id } = await queue.register(orgId, facts);
  const wanted = await queue.enqueue(orgId, CreateRun.parse({ prompt: 'go', cwd: '/code/zzz' }));
  const { runs } = await queue.claim(orgId, id, { ...ask, waitSec: 30 }, patient);
  expect(runs.map((run) => run.id)).toEqual([wanted.id]);
  expect(Math.max(...rows)).toBeLessThanOrEqual(1_000);
});

test('a crowd in which nothing is to be given is gone through, and then left alone until the queue changes', async () => {
  await crowd(1_000, 'bypassPermissions');
  const { queue, rows } = countingQueue();
  const facts = machine({ directories: ['/code'], permissionModes: ['default'] });
  const { id } = await queue.register(orgId, facts);
  const claiming = queue.claim(orgId, id, { ...ask, waitSec: 40 }, patient);
  // Twice through four times 250, each with a look at the front.
  await expect.poll(() => rows.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(16);
  const settled = await (async () => {
    for (let before = -1; ; ) {
      if (rows.length === before) return before;
      before = rows.length;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  expect(settled).toBeLessThan(30);
  const wanted = await queue.enqueue(orgId, CreateRun.parse({ prompt: 'go', cwd: '/code/zzz' }));
  expect((await claiming).runs.map((run) => run.id)).toEqual([wanted.id]);
});
