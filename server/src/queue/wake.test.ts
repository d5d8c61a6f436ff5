import { CreateRun } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import type { Wakeups } from '../db/wakeups.js';
import { useOrg } from '../testing/org-with-queue.js';
import { createQueue } from './create-queue.js';
import { defaultPolicy } from './queue.js';

const org = useOrg();
const { launch, runner, claim } = org;

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

/** Wake-ups that reach nobody. */
const deaf: Wakeups = {
  wake: () => undefined,
  listen: () => () => undefined,
  say: () => undefined,
  hear: () => () => undefined,
};

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
