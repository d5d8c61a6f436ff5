import type { ClaimedRun } from '@agentfleet/contract';
import { beforeAll, expect, test } from 'vitest';
import { Approvals } from '../approvals/approvals.js';
import type { Database } from '../db/database.js';
import { keyNamed } from '../testing/key-named.js';
import { meanwhile } from '../testing/meanwhile.js';
import { event, finishOf, useOrg } from '../testing/org-with-queue.js';
import { sumUsage } from '../usage/sum-usage.js';
import { createQueue } from './create-queue.js';
import { deleteRun } from './delete-run.js';

const org = useOrg();
const { launch, runner, claim, claimOne } = org;
let approvals: Approvals;
beforeAll(() => {
  approvals = new Approvals(org.database);
});

const get = (id: string) => org.queue.get(org.id, id);
const remove = (id: string, cancelFirst = false) => org.queue.delete(org.id, id, cancelFirst);
const gone = { code: 'NOT_FOUND' };

/** A session that runs, on a runner of its own. */
async function started(): Promise<{ runnerId: string; run: ClaimedRun }> {
  await launch({ prompt: 'a secret prompt', labels: ['night'] });
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  await org.queue.start(org.id, run.id, { token: run.token });
  return { runnerId, run };
}

const ask = (run: ClaimedRun) =>
  approvals.request(org.id, run.id, {
    ...{ token: run.token, requestId: 'request-1', tool: 'Bash', message: 'Bash secret' },
    ...{ input: { command: 'secret' }, toolUseId: null, sessionGrant: null, waitSec: 600 },
  });
const append = (run: ClaimedRun, seq: number) =>
  org.log.append(org.id, run.id, { token: run.token, events: [event(seq, 'a secret event')] });
const finish = (run: ClaimedRun, events = 1) => {
  const all = Array.from({ length: events }, (_item, index) => event(index + 1, 'a secret event'));
  return org.queue.finish(org.id, run.id, finishOf(run, all, { result: 'a secret result', costUsd: 0.25 }));
};

/** One that has ended, with an event and an approval. */
async function ended() {
  const session = await started();
  const { id: approvalId } = await ask(session.run);
  await approvals.decide(org.id, approvalId, { decision: 'allow' }, keyNamed('laptop'));
  await append(session.run, 1);
  await finish(session.run);
  return { ...session, approvalId };
}

/** Every text that any table has of a run. */
async function textsOf(id: string): Promise<string> {
  const { prisma } = org.database;
  const where = { where: { runId: id } };
  const rows = [
    await prisma.run.findMany({ where: { id } }),
    await prisma.event.findMany(where),
    await prisma.eventImage.findMany(where),
    await prisma.approval.findMany(where),
    await prisma.command.findMany(where),
    await prisma.attempt.findMany(where),
    await prisma.idempotencyKey.findMany({ where: { subject: id } }),
  ];
  return JSON.stringify(rows, (_name, value) => (typeof value === 'bigint' ? Number(value) : value));
}

test('a run that has ended is deleted with everything that was said in it, and is not there any more, twice neither', async () => {
  const { run, approvalId } = await ended();
  expect(await textsOf(run.id)).toContain('secret');
  expect(await remove(run.id)).toBeUndefined();
  expect(await textsOf(run.id)).not.toContain('secret');
  await expect(get(run.id)).rejects.toMatchObject(gone);
  await expect(remove(run.id)).rejects.toMatchObject(gone);
  await expect(remove(run.id, true)).rejects.toMatchObject(gone);
  await expect(org.queue.cancel(org.id, run.id)).rejects.toMatchObject(gone);
  await expect(org.queue.followUp(org.id, run.id, { prompt: 'on' })).rejects.toMatchObject(gone);
  await expect(org.log.read(org.id, run.id, { after: 0, limit: 9 })).rejects.toMatchObject(gone);
  await expect(org.log.image(org.id, run.id, 1, 0)).rejects.toMatchObject(gone);
  await expect(approvals.get(org.id, approvalId)).rejects.toMatchObject(gone);
  const listed = await org.queue.list(org.id, { limit: 50, order: 'desc' });
  expect(listed.data).toEqual([]);
});

test('a long log goes in steps, is shown to nobody from the first on, and one that is stopped is ended by the next', async () => {
  const { run } = await ended();
  const count = () => org.database.prisma.event.count({ where: { runId: run.id } });
  await org.database.prisma.event.createMany({
    data: Array.from({ length: 4_999 }, (_item, index) => {
      return { runId: run.id, seq: index + 2, kind: 'system', message: 'secret', at: new Date(), digest: 0 };
    }),
  });
  let steps = 0;
  const dies: Database = {
    ...org.database,
    async transaction(work) {
      if (steps === 2) throw new Error('the server dies');
      steps += 1;
      return org.database.transaction(work);
    },
  };
  await expect(deleteRun(dies, org.id, run.id, false)).rejects.toThrow('the server dies');
  expect(await count()).toBe(1_000);
  expect((await get(run.id)).eventsPrunedAt).not.toBeNull();
  expect(await org.log.read(org.id, run.id, { after: 0, limit: 9 })).toEqual([]);
  expect(await remove(run.id)).toBeUndefined();
  expect(await count()).toBe(0);
  await expect(get(run.id)).rejects.toMatchObject(gone);
});

test('what a deleted run cost stays counted', async () => {
  const usage = () =>
    sumUsage(org.database, org.id, {
      ...{ from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000), timeZone: 'UTC' },
      ...{ byDay: false, by: 'label' as const, groups: 10 },
    });
  const { run } = await ended();
  const before = await usage();
  expect(before).toMatchObject([{ key: 'night', runs: 1, costUsd: 0.25 }]);
  await remove(run.id);
  expect(await usage()).toEqual(before);
});

test('a queued or a running one is not deleted unless it is to be cancelled', async () => {
  const { id } = await launch();
  const { run } = await started();
  for (const one of [id, run.id]) {
    await expect(remove(one)).rejects.toMatchObject({ code: 'RUN_ACTIVE', status: 409 });
    expect((await get(one)).deleteRequestedAt).toBeNull();
  }
});

test('a queued one is cancelled and deleted at once', async () => {
  const { id } = await launch();
  expect(await remove(id, true)).toBeUndefined();
  await expect(get(id)).rejects.toMatchObject(gone);
  expect((await claim(await runner())).runs).toEqual([]);
});

test('one that runs is cancelled, says that it is to be deleted, and is deleted when its runner has ended it', async () => {
  const { runnerId, run } = await started();
  await append(run, 1);
  const told = await remove(run.id, true);
  expect(told).toMatchObject({ status: 'RUNNING', deleteRequestedAt: expect.any(String) });
  expect(await remove(run.id, true)).toMatchObject({ deleteRequestedAt: told?.deleteRequestedAt });
  const { commands } = await claim(runnerId, { leases: [{ runId: run.id, token: run.token }] });
  expect(commands).toMatchObject([{ runId: run.id, kind: 'cancel' }]);
  await org.queue.sweep();
  expect((await get(run.id)).status).toBe('RUNNING');
  await finish(run);
  await org.queue.sweep();
  await expect(get(run.id)).rejects.toMatchObject(gone);
  expect(await textsOf(run.id)).not.toContain('secret');
  expect(await org.database.prisma.deletion.count()).toBe(0);
});

test('one that a server wanted to cancel and delete when it died is cancelled and deleted by another one', async () => {
  const { run } = await started();
  await org.database.prisma.run.update({ where: { id: run.id }, data: { deleteRequestedAt: new Date() } });
  await org.database.prisma.deletion.create({ data: { runId: run.id } });
  await org.queue.sweep();
  expect((await get(run.id)).cancelRequestedAt).not.toBeNull();
  await org.expireLeases();
  await org.queue.sweep();
  await org.queue.sweep();
  await expect(get(run.id)).rejects.toMatchObject(gone);
});

test('a runner that has more of a deleted run is told so, whatever it says, and nothing of it is stored', async () => {
  const { runnerId, run } = await started();
  await append(run, 1);
  await org.expireLeases();
  await org.queue.sweep();
  expect((await get(run.id)).failure?.code).toBe('runner_lost');
  await remove(run.id);
  const deleted = { code: 'STALE_ATTEMPT', details: { deleted: true } };
  await expect(append(run, 2)).rejects.toMatchObject(deleted);
  await expect(append(run, 1)).rejects.toMatchObject(deleted);
  await expect(finish(run)).rejects.toMatchObject(deleted);
  await expect(org.queue.start(org.id, run.id, { token: run.token })).rejects.toMatchObject(deleted);
  await expect(ask(run)).rejects.toMatchObject(deleted);
  const held = { leases: [{ runId: run.id, token: run.token }], acknowledged: [], draining: false };
  expect(await org.queue.heartbeat(org.id, runnerId, held)).toMatchObject({
    ...{ stale: [run.id], deleted: [run.id], unknown: [] },
  });
  // Also one that another runner had before, of which nothing is known any more.
  const before = { ...held, leases: [{ runId: run.id, token: `att_${'x'.repeat(32)}` }] };
  expect(await org.queue.heartbeat(org.id, runnerId, before)).toMatchObject({
    ...{ stale: [run.id], deleted: [run.id], unknown: [] },
  });
  expect(await textsOf(run.id)).not.toContain('secret');
});

test('a follow-up of a deleted run goes on, resumes its session, and says that its parent was deleted', async () => {
  const { runnerId, run } = await ended();
  const next = await org.queue.followUp(org.id, run.id, { prompt: 'go on' });
  const later = await org.queue.followUp(org.id, next.id, { prompt: 'and on' });
  await remove(run.id);
  expect(await get(next.id)).toMatchObject({
    ...{ parentRunId: run.id, threadId: run.id, parentDeletedAt: expect.any(String) },
  });
  expect((await get(later.id)).parentDeletedAt).toBeNull();
  const resumed = await claimOne(runnerId);
  expect(resumed).toMatchObject({ id: next.id, resumeSessionId: 'session-1' });
  await org.queue.start(org.id, next.id, { token: resumed.token });
  await org.queue.finish(org.id, next.id, finishOf(resumed));
  expect(await claimOne(runnerId)).toMatchObject({ id: later.id, resumeSessionId: 'session-1' });
  const thread = await org.queue.list(org.id, { limit: 50, order: 'asc', threadId: run.id });
  expect(thread.data.map(({ id }) => id)).toEqual([next.id, later.id]);
});

test('a follow-up that was on the way while its parent was deleted says so too', async () => {
  const { run } = await ended();
  const slow = meanwhile(org.database, { before: 'insert-run' }, () => remove(run.id));
  const late = await createQueue(slow).followUp(org.id, run.id, { prompt: 'go on' });
  expect((await get(late.id)).parentDeletedAt).not.toBeNull();
});

test('another org’s run is not there to be deleted', async () => {
  const { run } = await ended();
  await expect(org.queue.delete('org_other', run.id, true)).rejects.toMatchObject(gone);
  expect((await get(run.id)).result).toBe('a secret result');
});
