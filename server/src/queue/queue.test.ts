import { expect, test } from 'vitest';
import { newId } from '../db/ids.js';
import { keyNamed } from '../testing/key-named.js';
import { machine } from '../testing/machine.js';
import { event, finishOf, useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { launch, runner, claim, claimOne } = org;

test('a run goes from the queue through a runner to its end', async () => {
  const { id } = await launch();
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  expect(run).toMatchObject({ id, attempt: 1, input: 'do it', resumeSessionId: null, lastSeq: 0 });
  await org.queue.start(org.id, id, { token: run.token });
  expect(await org.queue.get(org.id, id)).toMatchObject({ status: 'RUNNING', runnerId, queue: null });
  expect(await org.log.append(org.id, id, { token: run.token, events: [event(1), event(2)] })).toEqual({
    lastSeq: 2,
  });
  const done = await org.queue.finish(org.id, id, finishOf(run, [event(1), event(2)]));
  expect(done).toEqual({ id, status: 'SUCCEEDED' });
  expect(await org.queue.get(org.id, id)).toMatchObject({
    status: 'SUCCEEDED',
    result: 'done',
    costUsd: 0.01,
    lastSeq: 2,
  });
});

test('what a POST is answered is what is stored', async () => {
  const limits = {
    timeoutSec: 60,
    stallSec: 30,
    approvalSec: 20,
    maxTurns: 5,
    maxBudgetUsd: 0.1,
    queueTtlSec: 90,
  };
  const pinned = {
    runnerId: await runner(),
    model: 'some',
    labels: ['night', 'b'],
    retry: { maxAttempts: 3 },
  };
  for (const request of [{}, { ...limits, ...pinned, priority: -7, sharedCwd: true }]) {
    const posted = await launch(request);
    expect(posted).toEqual({ ...(await org.queue.get(org.id, posted.id)), queue: null });
    expect(posted).toMatchObject(request);
  }
});

test('a run that has waited half an hour behind more important ones goes first', async () => {
  const old = await launch({ cwd: '/code/a', priority: -5 });
  const young = await launch({ cwd: '/code/b', priority: -5 });
  await launch({ cwd: '/code/c', priority: 5 });
  await org.database.prisma.run.update({
    where: { id: old.id },
    data: { createdAt: new Date(Date.now() - 31 * 60_000) },
  });
  await org.queue.sweep();
  expect((await claimOne(await runner())).id).toBe(old.id);
  expect((await org.queue.get(org.id, young.id)).queue?.position).toBe(2);
  expect(await org.queue.get(org.id, old.id)).toMatchObject({ priority: -5 });
});

test('two runners never take the same run', async () => {
  await launch();
  const runners = [await runner(), await runner()];
  const answers = await Promise.all(runners.map((id) => claim(id)));
  expect(answers.flatMap((answer) => answer.runs)).toHaveLength(1);
});

test('a higher priority goes first, then age', async () => {
  const first = await launch({ cwd: '/code/a' });
  const second = await launch({ cwd: '/code/b' });
  const urgent = await launch({ cwd: '/code/c', priority: 5 });
  const { runs } = await claim(await runner());
  expect(runs.map((run) => run.id)).toEqual([urgent.id, first.id, second.id]);
});

test('one directory has one session at a time, unless the runs share it', async () => {
  const runnerId = await runner();
  await launch();
  await launch();
  expect((await claim(runnerId)).runs).toHaveLength(1);
  await launch({ cwd: '/code/shared', sharedCwd: true });
  await launch({ cwd: '/code/shared', sharedCwd: true });
  const held = await claim(runnerId, { slots: 4 });
  expect(held.runs.filter((run) => run.cwd === '/code/shared')).toHaveLength(2);
});

test('a runner takes only what its directories cover, by whole names', async () => {
  const { id } = await launch({ cwd: '/code-evil/app' });
  const runnerId = await runner(['/code']);
  expect((await claim(runnerId)).runs).toEqual([]);
  expect((await org.queue.get(org.id, id)).queue).toMatchObject({
    reason: 'directory_not_covered',
    position: 1,
  });
});

test('a runner whose directories changed between two claims is given what they cover now, and nothing else', async () => {
  const box = await runner(['/code/a']);
  await launch({ cwd: '/code/a/first' });
  const { id: runId, token } = await claimOne(box);
  await launch({ cwd: '/code/a/second' });
  const there = await launch({ cwd: '/code/b' });
  const facts = {
    name: 'box',
    agentVersion: null,
    directories: ['/code/b'],
    permissionModes: ['default' as const],
    maxConcurrentRuns: 4,
  };
  const { runs } = await claim(box, { leases: [{ runId, token }], facts });
  expect(runs.map(({ id }) => id)).toEqual([there.id]);
});

test('a pinned run waits for its runner', async () => {
  const own = await runner();
  const other = await runner();
  const { id } = await launch({ runnerId: own });
  expect((await claim(other)).runs).toEqual([]);
  expect((await claim(own)).runs).toMatchObject([{ id }]);
});

test('a paused or draining runner takes nothing', async () => {
  const runnerId = await runner();
  const { id } = await launch();
  await org.queue.pause(org.id, runnerId, { note: 'backup' }, keyNamed('Ann'));
  expect((await claim(runnerId)).runs).toEqual([]);
  expect((await org.queue.get(org.id, id)).queue?.reason).toBe('runner_paused');
  await org.queue.resume(org.id, runnerId);
  expect((await claim(runnerId, { draining: true })).runs).toEqual([]);
  expect((await claim(runnerId)).runs).toMatchObject([{ id }]);
});

test('a runner that says it ends is offline at once, until it registers again', async () => {
  const box = machine();
  const { id: runnerId } = await org.queue.register(org.id, box);
  const { id } = await launch();
  const goodbye = { leases: [], acknowledged: [], draining: true, leaving: true };
  await org.queue.heartbeat(org.id, runnerId, goodbye);
  expect(await org.queue.runner(org.id, runnerId)).toMatchObject({ state: 'offline', online: false });
  expect((await org.queue.get(org.id, id)).queue).toMatchObject({
    reason: 'no_runner_online',
    eligibleRunners: 0,
  });
  // A claim that was still on its way does not bring it back.
  await claim(runnerId, { slots: 0, draining: true });
  expect(await org.queue.runner(org.id, runnerId)).toMatchObject({ state: 'offline' });
  await org.queue.register(org.id, box);
  expect(await org.queue.runner(org.id, runnerId)).toMatchObject({ state: 'online', online: true });
});

test('the org’s limit holds over all its runners', async () => {
  await org.database.prisma.org.update({ where: { id: org.id }, data: { maxConcurrentRuns: 1 } });
  await launch({ cwd: '/code/a' });
  const { id } = await launch({ cwd: '/code/b' });
  expect((await claim(await runner())).runs).toHaveLength(1);
  expect((await claim(await runner())).runs).toEqual([]);
  expect((await org.queue.get(org.id, id)).queue?.reason).toBe('org_limit');
});

test('another org sees nothing of a run', async () => {
  const { id } = await launch();
  const stranger = newId('org_');
  await expect(org.queue.get(stranger, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(org.queue.cancel(stranger, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(org.log.read(stranger, id, { after: 0, limit: 1 })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('a machine that was forgotten is the same runner when it registers again, and takes runs', async () => {
  const box = machine();
  const { id: runnerId } = await org.queue.register(org.id, box);
  await org.queue.removeRunner(org.id, runnerId);
  await expect(org.queue.runner(org.id, runnerId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(claim(runnerId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect((await org.queue.register(org.id, box)).id).toBe(runnerId);
  const { id } = await launch();
  expect((await claim(runnerId)).runs).toMatchObject([{ id }]);
});

test('a runner that holds a session is not forgotten', async () => {
  const runnerId = await runner();
  await launch();
  const run = await claimOne(runnerId);
  await expect(org.queue.removeRunner(org.id, runnerId)).rejects.toMatchObject({ code: 'RUNNER_BUSY' });
  await org.queue.finish(org.id, run.id, finishOf(run));
  expect(await org.queue.removeRunner(org.id, runnerId)).toMatchObject({ id: runnerId });
});

test('a runner is given no more sessions than it may run, however many it asks for', async () => {
  const runnerId = await runner(['/code'], 2);
  for (const cwd of ['/code/a', '/code/b', '/code/c']) await launch({ cwd });
  const { runs } = await claim(runnerId, { slots: 4 });
  expect(runs).toHaveLength(2);
  const leases = runs.map(({ id, token }) => ({ runId: id, token }));
  expect((await claim(runnerId, { slots: 4, leases })).runs).toEqual([]);
});
