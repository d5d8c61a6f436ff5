import { CreateRun } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { openDatabase } from '../db/open.js';
import { createEventLog } from '../eventlog/create-eventlog.js';
import { watchRuns } from '../partials/sql/partial-runs.js';
import { machine } from '../testing/machine.js';
import { event, finishOf } from '../testing/org-with-queue.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { waitingForLocks } from '../testing/waiting-for-locks.js';
import { createQueue } from './create-queue.js';

// Whoever locks several rows locks them in order of id. Else two that want the same ones may each hold what the other
// waits for, and PostgreSQL ends one of them with an error after a second.

let postgres: TestPostgres;
let one: Database;
let other: Database;
const orgId = newId('org_');
const patient = new AbortController().signal;
const claim = { leases: [], acknowledged: [], draining: false, slots: 8, waitSec: 0 };

beforeAll(async () => {
  postgres = await startTestPostgres();
  one = await openDatabase({ url: postgres.url, dataDir: null });
  other = await openDatabase({ url: postgres.url, dataDir: null });
  await one.prisma.org.create({ data: { id: orgId, name: 'Test' } });
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await postgres.stop();
});

/** While the first of the rows is locked, `work` waits for it; the others must be free then. */
async function expectInOrder(
  table: 'runs' | 'runners',
  ids: string[],
  work: () => Promise<unknown>,
): Promise<void> {
  const [first, ...rest] = [...ids].sort();
  const lock = {
    name: `lock-${table}`,
    text: `SELECT id FROM ${table} WHERE id = ANY ($1::text[]) FOR NO KEY UPDATE NOWAIT`,
  };
  const working = await one.transaction(async (tx) => {
    await tx.query(lock, [[first]]);
    const result = work();
    result.catch(() => undefined);
    await expect.poll(() => waitingForLocks(one)).toBe(1);
    expect(await tx.query(lock, [rest])).toHaveLength(rest.length);
    return { result };
  });
  await working.result;
}

/** Eight runs that a new runner holds, which were claimed, and so lie in the table, in another order than that of their ids. */
async function eightClaimed() {
  const queue = createQueue(other);
  const directory = `/${newId('run_')}`;
  const runner = await queue.register(orgId, machine({ directories: [directory], maxConcurrentRuns: 8 }));
  for (let n = 0; n < 8; n += 1)
    await queue.enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd: `${directory}/${n}`, priority: n }));
  const { runs } = await queue.claim(orgId, runner.id, claim, patient);
  expect(runs).toHaveLength(8);
  return { queue, runnerId: runner.id, runs, ids: runs.map(({ id }) => id) };
}

test('runs that are given again are locked in order', async () => {
  const { queue, runnerId, ids } = await eightClaimed();
  await expectInOrder('runs', ids, () => queue.claim(orgId, runnerId, claim, patient));
});

test('leases are renewed in order, whatever the order in which a runner names them', async () => {
  const { queue, runnerId, runs, ids } = await eightClaimed();
  const leases = runs
    .map(({ id, token }) => ({ runId: id, token }))
    .sort((a, b) => (a.runId < b.runId ? 1 : -1));
  await expectInOrder('runs', ids, () =>
    queue.heartbeat(orgId, runnerId, { leases, acknowledged: [], draining: false }),
  );
});

test('sessions that end together are finished in order', async () => {
  const { queue, runs, ids } = await eightClaimed();
  const reversed = [...runs].sort((a, b) => (a.id < b.id ? 1 : -1));
  await expectInOrder('runs', ids, () =>
    Promise.all(reversed.map((run) => queue.finish(orgId, run.id, finishOf(run)))),
  );
});

test('sessions that write together are appended to in order', async () => {
  const { runs, ids } = await eightClaimed();
  const log = createEventLog(other);
  const reversed = [...runs].sort((a, b) => (a.id < b.id ? 1 : -1));
  await expectInOrder('runs', ids, () =>
    Promise.all(reversed.map(({ id, token }) => log.append(orgId, id, { token, events: [event(1)] }))),
  );
});

test('watched runs are locked in order', async () => {
  const { ids } = await eightClaimed();
  const reversed = [...ids].sort().reverse();
  await expectInOrder('runs', ids, () => other.query(watchRuns, [reversed, 60_000]));
});

test('runners that claim together are locked in order', async () => {
  const queue = createQueue(other);
  const ids: string[] = [];
  for (let n = 0; n < 8; n += 1)
    ids.push((await queue.register(orgId, machine({ directories: ['/none'] }))).id);
  const reversed = [...ids].sort().reverse();
  await expectInOrder('runners', ids, () =>
    // That they drain is news, and has to be written down.
    Promise.all(reversed.map((id) => queue.claim(orgId, id, { ...claim, draining: true }, patient))),
  );
});

// One row is enough where a foreign key locks it too: docs/decisions/0016-nothing-refers-to-runs.md.
test('a lease is renewed at two servers at once, behind one who wrote the run, while a command for it is being stored', async () => {
  const { queue, runnerId, runs } = await eightClaimed();
  const [run] = runs;
  if (!run) throw new Error('nothing was claimed');
  const renewal = { leases: [{ runId: run.id, token: run.token }], acknowledged: [], draining: false };
  const refer = {
    name: 'refer-to-run',
    text: `INSERT INTO commands (id, run_id, runner_id, kind) VALUES ($1, $2, $3, 'cancel')`,
  };
  await one.transaction(async (referring) => {
    await referring.query(refer, [newId('cmd_'), run.id, runnerId]);
    const waiting = await other.transaction(async (writing) => {
      await writing.query(watchRuns, [[run.id], 60_000]);
      const both = Promise.all([createQueue(one), queue].map((at) => at.heartbeat(orgId, runnerId, renewal)));
      both.catch(() => undefined);
      await expect.poll(() => waitingForLocks(one)).toBe(2);
      return { both };
    });
    // The command is being stored still.
    for (const { stale } of await waiting.both) expect(stale).toEqual([]);
  });
});

test('two claims for one runner at two servers, whose directories cross, end well', async () => {
  const queue = createQueue(other);
  const runner = await queue.register(orgId, machine({ directories: ['/cross'], maxConcurrentRuns: 4 }));
  const post = async (cwd: string, more: Partial<CreateRun>) =>
    (await queue.enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd, ...more }))).id;
  await post('/cross/b', { priority: 1 });
  await post('/cross/a', { priority: 0 });
  // The other server's, which this one does not see.
  const { id: unseen } = await queue.register(orgId, machine({ directories: ['/cross'] }));
  const theirs = [await post('/cross/a', { runnerId: unseen }), await post('/cross/b', { runnerId: unseen })];
  const claimed = {
    name: 'claimed-elsewhere',
    text: `UPDATE runs SET status = 'CLAIMED', runner_id = $2, attempt_token = id WHERE id = $1`,
  };
  const claiming = await one.transaction(async (tx) => {
    await tx.query(claimed, [theirs[0], runner.id]);
    // Takes /cross/b, then waits to see what becomes of /cross/a.
    const answer = queue.claim(orgId, runner.id, claim, patient);
    answer.catch(() => undefined);
    await expect.poll(() => waitingForLocks(one)).toBe(1);
    await tx.query(claimed, [theirs[1], runner.id]);
    return { answer };
  });
  const { runs } = await claiming.answer;
  expect(runs.map(({ id }) => id).sort()).toEqual([...theirs].sort());
});
