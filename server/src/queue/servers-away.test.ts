import type { ClaimedRun } from '@agentfleet/contract';
import { beforeEach, expect, test } from 'vitest';
import { useOrg } from '../testing/org-with-queue.js';
import { createQueue } from './create-queue.js';

const org = useOrg();
const { launch, runner, claimOne, elapse } = org;

const seconds = 1_000;
const minutes = 60_000;
const grace = 15 * minutes;

// A server is there, and has been.
beforeEach(() => elapse(0));

const claimed = async (options: Parameters<typeof launch>[0] = {}) => {
  const runnerId = await runner();
  await launch({ ...options, runnerId });
  return claimOne(runnerId);
};
const started = async (options: Parameters<typeof launch>[0] = {}) => {
  const run = await claimed(options);
  await org.queue.start(org.id, run.id, { token: run.token });
  return run;
};
const sweptAndThen = async (ms: number) => {
  await org.queue.sweep();
  await elapse(ms, false);
};
const get = (run: ClaimedRun) => org.queue.get(org.id, run.id);

test('no lease runs out for the time in which no server was there', async () => {
  for (const away of [54 * seconds, 24 * 60 * minutes]) {
    const session = await started({ cwd: `/code/${away}` });
    const twice = await started({ cwd: `/code/${away}/twice`, retry: { maxAttempts: 2 } });
    const unstarted = await claimed({ cwd: `/code/${away}/unstarted` });
    await sweptAndThen(away);
    expect(await org.queue.sweep()).toBe(0);
    // Now their runners have the time that anybody has.
    await elapse(40 * seconds);
    expect(await org.queue.sweep()).toBe(0);
    expect(await get(session)).toMatchObject({ status: 'RUNNING', lostAt: null });
    expect(await get(twice)).toMatchObject({ status: 'RUNNING', lostAt: null });
    expect((await get(unstarted)).status).toBe('CLAIMED');
    await elapse(6 * seconds);
    expect(await org.queue.sweep()).toBe(3);
    const lost = await get(session);
    expect(lost.status).toBe('RUNNING');
    // It was last heard of before the servers went away.
    expect(Date.now() - Date.parse(lost.lostAt ?? '')).toBeGreaterThanOrEqual(away + 46 * seconds);
    expect((await get(twice)).status).toBe('QUEUED');
    expect((await get(unstarted)).status).toBe('QUEUED');
  }
});

test('no grace ends for it, and who was out of reach before has the whole of it again', async () => {
  const run = await started();
  await elapse(14 * minutes);
  await sweptAndThen(3 * 60 * minutes);
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
  await elapse(grace + 44 * seconds);
  await org.queue.sweep();
  expect((await get(run)).status).toBe('RUNNING');
  await elapse(2 * seconds);
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
});

test('neither a time limit nor the patience for a cancellation ends for it', async () => {
  const limited = await started({ cwd: '/code/a', timeoutSec: 60 });
  const unwanted = await started({ cwd: '/code/b' });
  await org.queue.cancel(org.id, unwanted.id);
  await sweptAndThen(60 * minutes);
  await org.queue.sweep();
  expect((await get(limited)).status).toBe('RUNNING');
  expect((await get(unwanted)).status).toBe('RUNNING');
});

test('a server that was alone away has missed nothing: what another one swept for counts', async () => {
  const run = await started();
  const other = createQueue(org.database);
  for (let passed = 0; passed < 50; passed += 10) {
    await elapse(10 * seconds, false);
    await other.sweep();
  }
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
  expect(await org.queue.sweep()).toBe(0);
});

test('a sweep that is a little late is no absence', async () => {
  const run = await started();
  await elapse(36 * seconds);
  await sweptAndThen(14 * seconds);
  await org.queue.sweep();
  expect((await get(run)).lostAt).not.toBeNull();
});

test('where nothing is claimed or runs, sweeping writes nothing', async () => {
  await org.database.prisma.run.deleteMany({});
  await org.database.prisma.sweeping.deleteMany({});
  await launch();
  await org.queue.sweep();
  expect(await org.database.prisma.sweeping.count()).toBe(0);
});
