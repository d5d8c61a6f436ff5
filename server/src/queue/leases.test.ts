import { expect, test } from 'vitest';
import { event, finishOf, useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { launch, runner, claim, claimOne, expireLeases } = org;

test('a claim whose answer was lost is answered again with the same token', async () => {
  const runnerId = await runner();
  await launch();
  const run = await claimOne(runnerId);
  expect((await claim(runnerId)).runs).toMatchObject([{ id: run.id, token: run.token, attempt: 1 }]);
  expect((await claim(runnerId, { leases: [{ runId: run.id, token: run.token }] })).runs).toEqual([]);
});

test('a runner that did not get an answer gets no more than it asks for, and that answer first', async () => {
  const runnerId = await runner();
  await launch({ cwd: '/code/a' });
  const lost = await claimOne(runnerId);
  const { id } = await launch({ cwd: '/code/b' });
  expect((await claim(runnerId, { slots: 1 })).runs).toMatchObject([{ id: lost.id, token: lost.token }]);
  const leases = [{ runId: lost.id, token: lost.token }];
  expect((await claim(runnerId, { slots: 1, leases })).runs).toMatchObject([{ id }]);
});

test('a run that never started goes back to the queue, and its old token is stale', async () => {
  const { id } = await launch();
  const first = await claimOne(await runner());
  await expireLeases();
  await org.queue.sweep();
  expect(await org.queue.get(org.id, id)).toMatchObject({ status: 'QUEUED', runnerId: null });
  const second = await claimOne(await runner());
  expect(second).toMatchObject({ id, attempt: 2 });
  await expect(org.queue.start(org.id, id, { token: first.token })).rejects.toMatchObject({
    code: 'STALE_ATTEMPT',
  });
});

test('a lost session fails, and is corrected when its runner returns with the rest of the log', async () => {
  const { id } = await launch();
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  await org.queue.start(org.id, id, { token: run.token });
  await expireLeases();
  await org.queue.sweep();
  expect(await org.queue.get(org.id, id)).toMatchObject({
    status: 'FAILED',
    failure: { code: 'runner_lost' },
  });
  await org.log.append(org.id, id, { token: run.token, events: [event(1)] });
  await org.queue.finish(org.id, id, finishOf(run, [event(1)]));
  expect(await org.queue.get(org.id, id)).toMatchObject({ status: 'SUCCEEDED', failure: null });
});

test('a lost session with attempts left is started again', async () => {
  const { id } = await launch({ retry: { maxAttempts: 2 } });
  const run = await claimOne(await runner());
  await org.queue.start(org.id, id, { token: run.token });
  await expireLeases();
  await org.queue.sweep();
  expect(await claimOne(await runner())).toMatchObject({ id, attempt: 2 });
  await expect(org.log.append(org.id, id, { token: run.token, events: [event(1)] })).rejects.toMatchObject({
    code: 'STALE_ATTEMPT',
  });
});

test('a start that is said again, as a network may do, is one attempt: the session keeps those it has left', async () => {
  await launch({ retry: { maxAttempts: 2 } });
  const run = await claimOne(await runner());
  const begin = () => org.queue.start(org.id, run.id, { token: run.token });
  await begin();
  const { startedAt } = await org.queue.get(org.id, run.id);
  await begin();
  await begin();
  expect(await org.queue.get(org.id, run.id)).toMatchObject({ status: 'RUNNING', attempt: 1, startedAt });
  const stored = await org.database.prisma.run.findUniqueOrThrow({ where: { id: run.id } });
  expect(stored.attemptsStarted).toBe(1);
});

test('attempts that were given up are kept: who held the run, and what it had written', async () => {
  const { id } = await launch({ retry: { maxAttempts: 2 } });
  const runners = [await runner(), await runner(), await runner()];
  const [unstarted, lost, last] = runners;
  for (const runnerId of [unstarted, lost]) {
    const run = await claimOne(runnerId ?? '');
    if (runnerId === lost) {
      await org.queue.start(org.id, id, { token: run.token });
      await org.log.append(org.id, id, { token: run.token, events: [event(1), event(2)] });
    }
    await expireLeases();
    await org.queue.sweep();
  }
  const run = await claimOne(last ?? '');
  expect(run).toMatchObject({ attempt: 3, lastSeq: 2, mayRunAgain: false });
  const kept = await org.database.prisma.attempt.findMany({
    where: { runId: id },
    orderBy: { number: 'asc' },
  });
  expect(kept).toMatchObject([
    { number: 1, runnerId: unstarted, outcome: 'requeued', startedAt: null, firstSeq: 1n, logChecksum: 0n },
    { number: 2, runnerId: lost, outcome: 'lost', startedAt: expect.any(Date), firstSeq: 1n },
  ]);
  expect(kept[1]?.logChecksum).toBe(BigInt(finishOf(run, [event(1), event(2)]).logChecksum));
});

test('a heartbeat renews leases and names the stale ones', async () => {
  const runnerId = await runner();
  await launch();
  const run = await claimOne(runnerId);
  const lease = { runId: run.id, token: run.token };
  const foreign = { runId: run.id, token: `att_${'x'.repeat(32)}` };
  const beat = (leases: (typeof lease)[]) =>
    org.queue.heartbeat(org.id, runnerId, { leases, acknowledged: [], draining: false });
  expect((await beat([lease])).stale).toEqual([]);
  expect((await beat([foreign])).stale).toEqual([run.id]);
});

test('while a lost session waits to be started again, its own runner may go on with it and no other', async () => {
  const [own, other] = [await runner(), await runner()];
  const { id } = await launch({ retry: { maxAttempts: 2 } });
  const { token } = await claimOne(own);
  await org.queue.start(org.id, id, { token });
  await expireLeases();
  await org.queue.sweep();
  const stale = async (runnerId: string) => {
    const beat = { leases: [{ runId: id, token }], acknowledged: [], draining: false };
    return (await org.queue.heartbeat(org.id, runnerId, beat)).stale;
  };
  expect([await stale(own), await stale(other)]).toEqual([[], [id]]);
});

test('a queued run past its time to live fails', async () => {
  const { id } = await launch({ queueTtlSec: 1 });
  await org.database.prisma.run.update({ where: { id }, data: { queuedAt: new Date(0) } });
  await org.queue.sweep();
  expect(await org.queue.get(org.id, id)).toMatchObject({
    status: 'FAILED',
    failure: { code: 'queue_expired' },
  });
});

test('a runner that renews its leases for ever keeps no session RUNNING past its time limit', async () => {
  const limited = await launch({ cwd: '/code/a', timeoutSec: 60 });
  const unlimited = await launch({ cwd: '/code/b', retry: { maxAttempts: 3 } });
  const runnerId = await runner();
  const { runs } = await claim(runnerId);
  for (const { id, token } of runs) await org.queue.start(org.id, id, { token });
  const began = (id: string, hoursAgo: number) =>
    org.database.prisma.run.update({
      where: { id },
      data: { startedAt: new Date(Date.now() - hoursAgo * 3_600_000) },
    });
  await began(limited.id, 1);
  await began(unlimited.id, 24);
  const leases = runs.map(({ id, token }) => ({ runId: id, token }));
  await org.queue.heartbeat(org.id, runnerId, { leases, acknowledged: [], draining: false });
  await org.queue.sweep();
  expect(await org.queue.get(org.id, limited.id)).toMatchObject({
    status: 'FAILED',
    failure: { code: 'timed_out' },
  });
  expect(await org.queue.get(org.id, unlimited.id)).toMatchObject({ status: 'RUNNING' });
  await began(unlimited.id, 8 * 24);
  await org.queue.sweep();
  expect(await org.queue.get(org.id, unlimited.id)).toMatchObject({
    status: 'FAILED',
    failure: { code: 'timed_out' },
  });
  // Its runner may still say how it really ended.
  const [run] = runs.filter(({ id }) => id === limited.id);
  if (!run) throw new Error('it was claimed');
  await org.queue.finish(org.id, limited.id, finishOf(run, []));
  expect(await org.queue.get(org.id, limited.id)).toMatchObject({ status: 'SUCCEEDED', failure: null });
});

test('a runner that renews its leases for ever but never starts, or never cancels, loses the run', async () => {
  const waits = await launch({ cwd: '/code/a' });
  const unwanted = await launch({ cwd: '/code/b' });
  const runnerId = await runner();
  const { runs } = await claim(runnerId);
  const token = runs.find(({ id }) => id === unwanted.id)?.token ?? '';
  await org.queue.start(org.id, unwanted.id, { token });
  await org.queue.cancel(org.id, unwanted.id);
  await org.queue.sweep();
  expect((await org.queue.get(org.id, waits.id)).status).toBe('CLAIMED');
  expect((await org.queue.get(org.id, unwanted.id)).status).toBe('RUNNING');
  const longAgo = new Date(Date.now() - 3_600_000);
  await org.database.prisma.run.update({ where: { id: waits.id }, data: { claimedAt: longAgo } });
  await org.database.prisma.run.update({ where: { id: unwanted.id }, data: { cancelRequestedAt: longAgo } });
  await org.queue.sweep();
  expect((await org.queue.get(org.id, waits.id)).status).toBe('QUEUED');
  expect((await org.queue.get(org.id, unwanted.id)).status).toBe('CANCELLED');
});

test('only the last attempt of a run is told that nobody will run it again', async () => {
  const { id } = await launch({ retry: { maxAttempts: 2 } });
  const runnerId = await runner();
  const first = await claimOne(runnerId);
  expect(first.mayRunAgain).toBe(true);
  await org.queue.start(org.id, id, { token: first.token });
  await expireLeases();
  await org.queue.sweep();
  expect(await claimOne(runnerId)).toMatchObject({ attempt: 2, mayRunAgain: false });
});

test('the time to live of a run counts while it waits for a runner, not while its thread is busy or it ran', async () => {
  const runnerId = await runner();
  const { id } = await launch({ queueTtlSec: 60, retry: { maxAttempts: 2 } });
  const run = await claimOne(runnerId);
  const child = await org.queue.followUp(org.id, id, { prompt: 'next' });
  const old = new Date(Date.now() - 3_600_000);
  await org.database.prisma.run.updateMany({
    where: { orgId: org.id },
    data: { createdAt: old, queuedAt: old },
  });
  await org.queue.start(org.id, id, { token: run.token });
  await expireLeases();
  await org.queue.sweep();
  await org.queue.sweep();
  expect((await org.queue.get(org.id, id)).status).toBe('QUEUED');
  const again = await claimOne(runnerId);
  await org.queue.finish(org.id, id, finishOf(again, []));
  await org.queue.sweep();
  expect((await org.queue.get(org.id, child.id)).queue?.reason).toBe('ready');
  await org.database.prisma.run.update({ where: { id: child.id }, data: { queuedAt: old } });
  await org.queue.sweep();
  expect((await org.queue.get(org.id, child.id)).failure?.code).toBe('queue_expired');
});

test('a lease is renewed by the runner that holds it alone, also when another one knows its token', async () => {
  const [own, other] = [await runner(), await runner()];
  await launch();
  const run = await claimOne(own);
  await org.queue.start(org.id, run.id, { token: run.token });
  const until = async () =>
    (await org.database.prisma.run.findUniqueOrThrow({ where: { id: run.id } })).leaseExpiresAt;
  const leaseExpiresAt = new Date(Date.now() + 5_000);
  await org.database.prisma.run.update({ where: { id: run.id }, data: { leaseExpiresAt } });
  const leases = [{ runId: run.id, token: run.token }];
  await org.queue.heartbeat(org.id, other, { leases, acknowledged: [], draining: false });
  await claim(other, { leases });
  expect(await until()).toEqual(leaseExpiresAt);
  await org.queue.heartbeat(org.id, own, { leases, acknowledged: [], draining: false });
  expect(Number(await until())).toBeGreaterThan(Number(leaseExpiresAt));
});
