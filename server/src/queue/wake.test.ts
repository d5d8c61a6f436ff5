import { CreateRun } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { deaf } from '../testing/deaf.js';
import { finishOf, useOrg } from '../testing/org-with-queue.js';
import { createQueue } from './create-queue.js';
import { defaultPolicy } from './policy.js';

const org = useOrg();
const { launch, runner, claim, counted } = org;

test('a waiting claim is answered as soon as a run is enqueued', async () => {
  const runnerId = await runner();
  const waiting = claim(runnerId, { waitSec: 20 });
  const { id } = await launch();
  expect((await waiting).runs).toMatchObject([{ id }]);
});

test('claims that began together do not end together: else all who wait came again at once, for ever', async () => {
  const runners = await Promise.all(Array.from({ length: 8 }, () => runner()));
  const began = performance.now();
  const waited = await Promise.all(
    runners.map(async (id) => {
      const { runs } = await claim(id, { waitSec: 2 });
      expect(runs).toEqual([]);
      return performance.now() - began;
    }),
  );
  expect(Math.min(...waited)).toBeGreaterThan(1_790);
  expect(Math.max(...waited) - Math.min(...waited)).toBeGreaterThan(40);
});

test('what must wait is polled slowly when its wake-up was lost', async () => {
  const hasty = createQueue(org.database, { ...defaultPolicy, pollMs: 20 });
  const runnerId = await runner();
  const waiting = claim(runnerId, { waitSec: 20 }, hasty);
  const silent = createQueue({
    ...org.database,
    wakeups: deaf,
  });
  const { id } = await silent.enqueue(org.id, CreateRun.parse({ prompt: 'do it', cwd: '/code/app' }));
  expect((await waiting).runs).toMatchObject([{ id }]);
});

/** Only wake-ups count: nobody polls while the test runs. */
const onlyWoken = () => createQueue(org.database, { ...defaultPolicy, pollMs: 24 * 3_600_000 });

test.each([
  ['of anybody', false],
  ['pinned to the runner', true],
])(
  'a run %s that waits for room is claimed as soon as a session ends',
  { timeout: 10_000 },
  async (_which, pinned) => {
    const queue = onlyWoken();
    const runnerId = await runner();
    await launch({ cwd: '/code/app' });
    const [busy] = (await claim(runnerId, { slots: 1 }, queue)).runs;
    if (!busy) throw new Error('nothing was claimed');
    const held = [{ runId: busy.id, token: busy.token }];
    const { id } = await launch({ cwd: '/code/app', ...(pinned ? { runnerId } : {}) });
    const waiting = claim(runnerId, { leases: held, slots: 1, waitSec: 20 }, queue);
    await expect.poll(async () => (await queue.overview(org.id)).runnersPolling).toBe(1);
    // Others come and are taken meanwhile, which must not make anybody forget the first.
    const helping = claim(await runner(['/code/other']), { slots: 1, waitSec: 20 }, queue);
    await expect.poll(async () => (await queue.overview(org.id)).runnersPolling).toBe(2);
    const other = await launch({ cwd: '/code/other' });
    expect((await helping).runs.map((run) => run.id)).toEqual([other.id]);
    await queue.finish(org.id, busy.id, finishOf(busy));
    expect((await waiting).runs.map((run) => run.id)).toEqual([id]);
  },
);

test('a run that a lost runner gives back is claimed by one that waits', async () => {
  const queue = onlyWoken();
  const { id } = await launch();
  await org.claimOne(await runner());
  const waiting = claim(await runner(), { waitSec: 20 }, queue);
  await expect.poll(async () => (await queue.overview(org.id)).runnersPolling).toBe(1);
  await org.expireLeases();
  await queue.sweep();
  expect((await waiting).runs.map((run) => run.id)).toEqual([id]);
});

test('those who wait poll together, however they came', async () => {
  const pollMs = 600;
  const { queue, asked } = counted({ ...defaultPolicy, pollMs });
  const runners = await Promise.all(Array.from({ length: 8 }, () => runner()));
  const waiting = runners.map(async (id, index) => {
    await new Promise((resolve) => setTimeout(resolve, (index * pollMs) / 200));
    return claim(id, { waitSec: 3 }, queue);
  });
  await new Promise((resolve) => setTimeout(resolve, pollMs / 2));
  asked.splice(0);
  await new Promise((resolve) => setTimeout(resolve, pollMs));
  const polls = asked.filter((name) => name === 'claim-runs').length;
  expect(polls).toBeGreaterThan(0);
  expect(polls).toBeLessThan(8);
  await Promise.all(waiting);
});

test('of those who wait, one wakes for each run; the others wait on', async () => {
  const runners = [await runner(), await runner(), await runner()];
  const answers: string[] = [];
  const waiting = runners.map(async (id) => {
    const { runs } = await claim(id, { slots: 1, waitSec: 20 });
    answers.push(...runs.map((run) => run.id));
  });
  const launched: string[] = [];
  for (const cwd of ['/code/a', '/code/b', '/code/c']) {
    const { id } = await launch({ cwd });
    launched.push(id);
    await expect.poll(() => answers).toEqual(launched);
  }
  await Promise.all(waiting);
});

test('when the runner that is asked first cannot take a run, the next one is given it', async () => {
  const [busy, free] = [await runner(), await runner()];
  const first = claim(busy, { slots: 1, waitSec: 20 });
  const second = claim(free, { slots: 1, waitSec: 20 });
  await expect.poll(async () => (await org.queue.overview(org.id)).runnersPolling).toBe(2);
  // Through a server that this one does not hear from, the first takes a session of the directory meanwhile.
  const elsewhere = createQueue({
    ...org.database,
    wakeups: deaf,
  });
  await elsewhere.enqueue(org.id, CreateRun.parse({ prompt: 'x', cwd: '/code/app', runnerId: busy }));
  const [taken] = (await claim(busy, { slots: 1 }, elsewhere)).runs;
  await elsewhere.start(org.id, taken?.id ?? '', { token: taken?.token ?? '' });
  const { id } = await launch({ cwd: '/code/app' });
  expect((await second).runs.map((run) => run.id)).toEqual([id]);
  const last = await launch({ cwd: '/code/other' });
  expect((await first).runs.map((run) => run.id)).toEqual([last.id]);
});

test('a follow-up pinned to a runner is not offered to those who wait beside it', async () => {
  const [one, other] = [await runner(), await runner()];
  const waiting = claim(other, { waitSec: 1 });
  const own = claim(one, { waitSec: 20 });
  const { id } = await launch({ cwd: '/nowhere', runnerId: one });
  expect((await own).runs.map((run) => run.id)).toEqual([id]);
  expect((await waiting).runs).toEqual([]);
});

test('a run that is more than the runners can take waits behind those that came before it', async () => {
  const { queue } = counted();
  const runnerId = await runner(['/code'], 1);
  const post = (priority = 0) =>
    queue.enqueue(org.id, CreateRun.parse({ prompt: 'do it', cwd: '/code/app', priority }));
  const next = () => claim(runnerId, { slots: 1, waitSec: 20 }, queue);
  const waiting = next();
  const first = await post();
  const [session] = (await waiting).runs;
  expect(session?.id).toBe(first.id);
  const [second, third] = [await post(), await post()];
  const urgent = await post(9);
  const order: string[] = [];
  for (let run = session; run; ) {
    await queue.finish(org.id, run.id, finishOf(run));
    [run] = order.length < 3 ? (await next()).runs : [];
    if (run) order.push(run.id);
  }
  expect(order).toEqual([urgent.id, second.id, third.id]);
});

test('a runner that looks into an empty queue asks one statement, and what came there unheard is found', async () => {
  const { queue, asked } = counted();
  const runnerId = await runner();
  const look = async () => (await claim(runnerId, {}, queue)).runs.map(({ id }) => id);
  await look();
  asked.splice(0);
  expect(await look()).toEqual([]);
  expect(asked).toEqual(['claim-runs']);
  const silent = createQueue({ ...org.database, wakeups: deaf });
  const { id } = await silent.enqueue(org.id, CreateRun.parse({ prompt: 'do it', cwd: '/code/app' }));
  expect(await look()).toEqual([id]);
});
