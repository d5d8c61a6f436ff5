import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateRun } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { LocalWakeups } from '../db/local-wakeups.js';
import { openDatabase } from '../db/open.js';
import { createEventLog } from '../eventlog/create-eventlog.js';
import { counting } from '../testing/counting.js';
import { keyNamed } from '../testing/key-named.js';
import { machine } from '../testing/machine.js';
import { finishOf } from '../testing/org-with-queue.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { waitingForLocks } from '../testing/waiting-for-locks.js';
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
  const applied = {
    name: 'applied-migrations',
    text: 'SELECT migration_name AS name, count(*) AS times FROM _prisma_migrations GROUP BY 1 ORDER BY 1',
  };
  const names = readdirSync(new URL('../../../prisma/migrations', import.meta.url)).filter((name) =>
    /^\d/.test(name),
  );
  expect(await databases[0]?.query(applied, [])).toEqual(names.sort().map((name) => ({ name, times: 1 })));
});

test('a run posted to one server is claimed through another and watched on a third', async () => {
  const [one, two, three] = databases as [Database, Database, Database];
  const queue = createQueue(two);
  const runner = await queue.register(orgId, machine({ maxConcurrentRuns: 1 }));
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

test('beside another server the queue is read for each run: one that came there a moment ago may go first', async () => {
  const [one, two] = databases as [Database, Database, Database];
  const { database: counted, asked } = counting(one);
  const [here, elsewhere] = [createQueue(counted), createQueue(two)];
  const runner = await here.register(orgId, machine({ directories: ['/order'], maxConcurrentRuns: 4 }));
  const request = CreateRun.parse({ prompt: 'do it', cwd: '/order', sharedCwd: true });
  const posted = [];
  for (let n = 0; n < 6; n += 1) posted.push((await here.enqueue(orgId, request)).id);
  const order: string[] = [];
  for (let n = 0; n < 7; n += 1) {
    if (n === 4) posted.splice(4, 0, (await elsewhere.enqueue(orgId, { ...request, priority: 9 })).id);
    const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
    const [run] = (await here.claim(orgId, runner.id, idle, patient)).runs;
    if (!run) throw new Error('nothing was claimed');
    order.push(run.id);
    await here.finish(orgId, run.id, finishOf(run));
  }
  expect(order).toEqual(posted);
  expect(asked.filter((name) => name === 'queue-heads')).toHaveLength(7);
});

test('what a server remembers of a runner does not count once another server knows better', async () => {
  const [one, other] = databases.map((database) => createQueue(database));
  if (!one || !other) throw new Error('two queues');
  const wide = machine({ directories: ['/before', '/always'], maxConcurrentRuns: 2 });
  const { id: runnerId } = await one.register(orgId, wide);
  const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
  const claim = async () => (await one.claim(orgId, runnerId, idle, patient)).runs.map(({ id }) => id);
  const post = async (cwd: string) => (await other.enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd }))).id;
  expect(await claim()).toEqual([]);

  await other.register(orgId, { ...wide, directories: ['/always'] });
  await post('/before/a');
  expect(await claim()).toEqual([]);
  const first = await post('/always/a');
  await other.pause(orgId, runnerId, {}, keyNamed('Ann'));
  expect(await claim()).toEqual([]);
  await other.resume(orgId, runnerId);
  expect(await claim()).toEqual([first]);

  const { id: gone } = await other.register(orgId, machine({ directories: ['/gone'] }));
  expect((await one.claim(orgId, gone, idle, patient)).runs).toEqual([]);
  await other.removeRunner(orgId, gone);
  await post('/gone/a');
  await expect(one.claim(orgId, gone, idle, patient)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a new run whose directory another server gives away at that moment waits in the queue', async () => {
  const [one, two] = databases as [Database, Database];
  // It has not heard of the other yet, and does not see what that one gives away.
  const here = createQueue({ ...two, wakeups: new LocalWakeups() });
  const directories = ['/same'];
  const runner = await here.register(orgId, machine({ directories, maxConcurrentRuns: 4 }));
  const unseen = await here.register(orgId, machine({ directories }));
  const request = CreateRun.parse({ prompt: 'do it', cwd: '/same' });
  const theirs = await createQueue(one).enqueue(orgId, { ...request, runnerId: unseen.id });
  const ask = { leases: [], acknowledged: [], draining: false, slots: 4, waitSec: 2 };
  const claiming = here.claim(orgId, runner.id, ask, patient);
  await delay(300);
  const posting = await one.transaction(async (tx) => {
    const text = `UPDATE runs SET status = 'CLAIMED', runner_id = $2, attempt_token = id WHERE id = $1`;
    await tx.query({ name: 'claim-elsewhere', text }, [theirs.id, runner.id]);
    const answer = here.enqueue(orgId, request);
    answer.catch(() => undefined);
    await expect.poll(() => waitingForLocks(one)).toBe(1);
    return { answer };
  });
  const { id } = await posting.answer;
  expect(await here.get(orgId, id)).toMatchObject({ status: 'QUEUED', runnerId: null });
  expect((await claiming).runs.map((run) => run.id)).toEqual([theirs.id]);
});

test('two servers together never pass the limit of an org', async () => {
  const [one, other] = databases.map((database) => createQueue(database));
  if (!one || !other) throw new Error('two queues');
  const limited = newId('org_');
  await databases[0]?.prisma.org.create({ data: { id: limited, name: 'Limited', maxConcurrentRuns: 3 } });
  for (let run = 0; run < 12; run += 1)
    await one.enqueue(limited, CreateRun.parse({ prompt: 'x', cwd: `/code/${run}` }));
  const runners = await Promise.all(
    Array.from({ length: 8 }, () => one.register(limited, machine({ maxConcurrentRuns: 4 }))),
  );
  const idle = { leases: [], acknowledged: [], draining: false, slots: 4, waitSec: 0 };
  const answers = await Promise.all(
    runners.map(({ id }, index) => (index % 2 ? one : other).claim(limited, id, idle, patient)),
  );
  expect(answers.flatMap(({ runs }) => runs)).toHaveLength(3);
});

test('a heartbeat that meets the end of a session, or its loss, at another server does not stop it', async () => {
  const [one, two] = databases as [Database, Database];
  const queue = createQueue(two);
  const runner = await queue.register(orgId, machine({ maxConcurrentRuns: 4 }));
  const ends = [
    ['finished', 'SUCCEEDED'],
    ['lost', 'FAILED'],
  ] as const;
  for (const [outcome, status] of ends) {
    const cwd = `/code/${outcome}`;
    const { id } = await queue.enqueue(orgId, CreateRun.parse({ prompt: 'do it', cwd, runnerId: runner.id }));
    const request = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 20 };
    const [run] = (await queue.claim(orgId, runner.id, request, patient)).runs;
    if (run?.id !== id) throw new Error('another run was claimed');
    const leases = [{ runId: id, token: run.token }];
    const beating = await one.transaction(async (tx) => {
      await tx.query({ name: 'end-run', text: 'UPDATE runs SET status = $2::"RunStatus" WHERE id = $1' }, [
        id,
        status,
      ]);
      const beat = queue.heartbeat(orgId, runner.id, { leases, acknowledged: [], draining: false });
      await expect.poll(() => waitingForLocks(one)).toBe(1);
      await tx.query(
        { name: 'end-attempt', text: 'UPDATE runs SET attempt_outcome = $2 WHERE attempt_token = $1' },
        [run.token, outcome],
      );
      return { beat };
    });
    expect((await beating.beat).stale).toEqual([]);
  }
});
