import { expect, test } from 'vitest';
import { machine } from '../testing/machine.js';
import { finishOf, useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { launch, claim, claimOne } = org;

const on = async (platform: 'darwin' | 'linux', directories: string[]) =>
  (await org.queue.register(org.id, machine({ platform, directories, maxConcurrentRuns: 4 }))).id;

test('a directory that is spelled in another case is the same on macOS, and another one on Linux', async () => {
  const linux = await on('linux', ['/Users/Ann']);
  const { id } = await launch({ cwd: '/users/ann/Code' });
  expect((await claim(linux)).runs).toEqual([]);
  expect((await org.queue.get(org.id, id)).queue?.reason).toBe('directory_not_covered');
  const mac = await on('darwin', ['/Users/Ann']);
  expect((await org.queue.get(org.id, id)).queue).toMatchObject({ reason: 'ready', eligibleRunners: 1 });
  await launch({ cwd: '/users/anna' });
  expect((await claim(mac)).runs).toMatchObject([{ id, cwd: '/users/ann/Code' }]);
});

test('a follow-up goes to the macOS runner that holds its session, and to no other, whatever the case', async () => {
  const [own, other] = [await on('darwin', ['/Users/Ann']), await on('darwin', ['/Users/Ann'])];
  await launch({ cwd: '/users/ann/Code', runnerId: own });
  const parent = await claimOne(own);
  await org.queue.finish(org.id, parent.id, finishOf(parent));
  const { id } = await org.queue.followUp(org.id, parent.id, { prompt: 'go on' });
  expect((await org.queue.get(org.id, id)).queue).toMatchObject({ reason: 'ready', eligibleRunners: 1 });
  expect((await claim(other)).runs).toEqual([]);
  expect((await claim(own)).runs).toMatchObject([{ id, resumeSessionId: 'session-1' }]);
});

test('a macOS runner that waits is given a follow-up as soon as its session ends', async () => {
  const own = await on('darwin', ['/Users/Ann']);
  await launch({ cwd: '/users/ann/Code' });
  const parent = await claimOne(own);
  const { id } = await org.queue.followUp(org.id, parent.id, { prompt: 'go on' });
  const leases = [{ runId: parent.id, token: parent.token }];
  const waiting = claim(own, { leases, waitSec: 20 });
  await expect.poll(async () => (await org.queue.overview(org.id)).runnersPolling).toBe(1);
  await org.queue.finish(org.id, parent.id, finishOf(parent));
  expect((await waiting).runs).toMatchObject([{ id }]);
});
