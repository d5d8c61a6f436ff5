import { type ClaimedRun, CreateRun } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Approvals } from './approvals/approvals.js';
import { createApiKey } from './auth/api-keys.js';
import type { Database } from './db/database.js';
import { newId } from './db/ids.js';
import { createEventLog } from './eventlog/create-eventlog.js';
import { forgetTexts, tidyUp } from './housekeeping.js';
import { createQueue } from './queue/create-queue.js';
import { openTestDatabase } from './testing/database.js';
import { machine } from './testing/machine.js';
import { meanwhile } from './testing/meanwhile.js';
import { finishOf } from './testing/org-with-queue.js';

const day = 24 * 3_600_000;
const patient = new AbortController().signal;
const orgId = newId('org_');
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase();
  await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
});
afterAll(() => database.close());

/** A run that ended so many days ago, with so many events. */
async function ended(daysAgo: number, events: number): Promise<string> {
  const { id } = await createQueue(database).enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd: '/code' }));
  const finishedAt = new Date(Date.now() - daysAgo * day);
  await database.prisma.event.createMany({
    data: Array.from({ length: events }, (_item, index) => ({
      runId: id,
      seq: index + 1,
      kind: 'assistant',
      message: `line ${index + 1}`,
      at: finishedAt,
      digest: 0,
    })),
  });
  await database.prisma.run.update({
    where: { id },
    data: { status: 'SUCCEEDED', finishedAt, lastSeq: events, result: 'done' },
  });
  return id;
}

test('events of runs older than the retention go, the run and younger logs stay', async () => {
  const old = await ended(31, 4_500);
  const young = await ended(29, 3);
  const running = await createQueue(database).enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd: '/code' }));
  expect(await tidyUp(database, 30 * day, patient)).toMatchObject({ events: 4_500 });
  const log = createEventLog(database);
  expect(await log.read(orgId, old, { after: 0, limit: 10 })).toEqual([]);
  expect(await log.read(orgId, young, { after: 0, limit: 10 })).toHaveLength(3);
  const queue = createQueue(database);
  expect(await queue.get(orgId, old)).toMatchObject({ result: 'done', lastSeq: 4_500 });
  expect((await queue.get(orgId, old)).eventsPrunedAt).not.toBeNull();
  expect((await queue.get(orgId, young)).eventsPrunedAt).toBeNull();
  expect((await queue.get(orgId, running.id)).eventsPrunedAt).toBeNull();
  expect(await tidyUp(database, 30 * day, patient)).toMatchObject({ events: 0 });
});

test('without a retention every event stays', async () => {
  const old = await ended(1_000, 2);
  expect(await tidyUp(database, undefined, patient)).toMatchObject({ events: 0 });
  expect(await createEventLog(database).read(orgId, old, { after: 0, limit: 10 })).toHaveLength(2);
});

test('a follower of a pruned log is told that the run has ended', async () => {
  const old = await ended(40, 2);
  await tidyUp(database, 30 * day, patient);
  const batches: unknown[] = [];
  for await (const batch of createEventLog(database).follow(orgId, old, 0, patient)) batches.push(batch);
  expect(batches).toEqual([]);
});

/** A run that is being carried out, with an approval that its session asks for. */
async function asking(): Promise<{ id: string; approvalId: string }> {
  const queue = createQueue(database);
  const cwd = `/code/${crypto.randomUUID()}`;
  const runner = await queue.register(orgId, machine({ directories: [cwd] }));
  await queue.enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd }));
  const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
  const [run] = (await queue.claim(orgId, runner.id, idle, patient)).runs;
  if (!run) throw new Error('nothing was claimed');
  await queue.start(orgId, run.id, { token: run.token });
  const asked = await new Approvals(database).request(orgId, run.id, {
    token: run.token,
    requestId: 'request-1',
    tool: 'Bash',
    message: 'Bash npm test',
    input: { command: 'npm test' },
    toolUseId: null,
    sessionGrant: null,
    waitSec: 600,
  });
  return { id: run.id, approvalId: asked.id };
}

const storedApproval = (id: string) => database.prisma.approval.findUnique({ where: { id } });

test('approvals go with the events of their run, and those of a younger run stay', async () => {
  const [old, young] = [await asking(), await asking()];
  for (const [{ id }, days] of [
    [old, 31],
    [young, 29],
  ] as const) {
    const finishedAt = new Date(Date.now() - days * day);
    await database.prisma.run.update({ where: { id }, data: { status: 'CANCELLED', finishedAt } });
  }
  await tidyUp(database, 30 * day, patient);
  expect(await storedApproval(old.approvalId)).toBeNull();
  expect(await storedApproval(young.approvalId)).toMatchObject({ state: 'withdrawn' });
});

test('an approval whose attempt no longer runs is closed for good, one that waits goes on waiting', async () => {
  const [retried, live] = [await asking(), await asking()];
  await database.prisma.run.update({ where: { id: retried.id }, data: { attemptToken: 'att_another' } });
  await tidyUp(database, undefined, patient);
  expect(await storedApproval(retried.approvalId)).toMatchObject({ state: 'withdrawn' });
  expect(await storedApproval(live.approvalId)).toMatchObject({ state: 'waiting' });
});

test('browser sessions and Idempotency-Keys go when their time is over, and not before', async () => {
  const { id: apiKeyId } = await createApiKey(database, orgId, { name: 'laptop', scopes: ['admin'] });
  const at = (ms: number) => new Date(Date.now() + ms);
  const bytes = (name: string) => new Uint8Array(Buffer.from(name.padEnd(32)));
  for (const [name, expiresAt] of [
    ['over', at(-1_000)],
    ['holds', at(day)],
  ] as const) {
    const hash = bytes(name);
    await database.prisma.browserSession.create({ data: { hash, apiKeyId, csrfToken: name, expiresAt } });
  }
  for (const [key, createdAt] of [
    ['over', at(-day - 60_000)],
    ['holds', at(-day + 60_000)],
  ] as const) {
    await database.prisma.idempotencyKey.create({ data: { orgId, key, requestHash: bytes(key), createdAt } });
  }
  await tidyUp(database, undefined, patient);
  const sessions = await database.prisma.browserSession.findMany({ where: { apiKeyId } });
  expect(sessions.map(({ csrfToken }) => csrfToken)).toEqual(['holds']);
  const keys = await database.prisma.idempotencyKey.findMany({ where: { orgId } });
  expect(keys.map(({ key }) => key)).toEqual(['holds']);
});

test('a run that is carried out again keeps its events, however long ago it had ended', async () => {
  const id = await ended(31, 2);
  await database.prisma.run.update({ where: { id }, data: { status: 'RUNNING' } });
  expect(await tidyUp(database, 30 * day, patient)).toMatchObject({ events: 0 });
});

test('texts of runs older than the retention go, figures and state stay, and the run says so; younger ones keep theirs', async () => {
  const queue = createQueue(database);
  await forgetTexts(database, 30 * day, patient);
  const [old, young] = [await asking(), await asking()];
  for (const [{ id }, days] of [
    [old, 31],
    [young, 29],
  ] as const) {
    const finishedAt = new Date(Date.now() - days * day);
    const failure = { failureCode: 'agent_error', failureMessage: 'a sentence' };
    const end = { status: 'FAILED' as const, finishedAt, result: 'the answer', costUsd: 0.5, numTurns: 3 };
    await database.prisma.run.update({ where: { id }, data: { ...end, ...failure } });
  }
  const approval = { message: 'Bash npm test', input: { command: 'npm test' }, reason: 'because' };
  for (const { approvalId: id } of [old, young]) {
    await database.prisma.approval.update({
      where: { id },
      data: { reason: 'because', decidedBy: 'laptop' },
    });
  }
  expect(await forgetTexts(database, 30 * day, patient)).toBe(1);
  expect(await queue.get(orgId, old.id)).toMatchObject({
    ...{ status: 'FAILED', input: '', result: null, costUsd: 0.5, numTurns: 3 },
    ...{ failure: { code: 'agent_error', message: '' }, textsPrunedAt: expect.any(String) },
  });
  expect(await storedApproval(old.approvalId)).toMatchObject({
    ...{ tool: 'Bash', message: '', input: {}, reason: null, decidedBy: 'laptop' },
  });
  expect(await queue.get(orgId, young.id)).toMatchObject({
    input: 'x',
    result: 'the answer',
    textsPrunedAt: null,
  });
  expect(await storedApproval(young.approvalId)).toMatchObject(approval);
  expect(await forgetTexts(database, 30 * day, patient)).toBe(0);
  const again = queue.followUp(orgId, old.id, { fresh: true });
  await expect(again).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  expect(await queue.followUp(orgId, old.id, { fresh: true, prompt: 'y' })).toMatchObject({ input: 'y' });
});

test('the texts of a run that was lost do not come back with its late end', async () => {
  const { id } = await asking();
  const { attemptToken } = await database.prisma.run.update({
    where: { id },
    data: { status: 'FAILED', attemptOutcome: 'lost', finishedAt: new Date(Date.now() - 31 * day) },
  });
  await forgetTexts(database, 30 * day, patient);
  const late = { ...finishOf({ token: attemptToken, lastSeq: 0 } as ClaimedRun), result: 'the answer' };
  const queue = createQueue(database);
  await expect(queue.finish(orgId, id, late)).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  expect((await queue.get(orgId, id)).result).toBeNull();
});

test('it looks at every run, in steps, and takes up where another one died over it', async () => {
  const ids = Array.from({ length: 1_200 }, (_item, index) => `clr00000000${String(index).padStart(4, '0')}`);
  const finishedAt = new Date(Date.now() - 31 * day);
  const one = {
    ...{
      orgId,
      status: 'SUCCEEDED' as const,
      input: 'x',
      cwd: '/code',
      cwdKey: '/code',
      lane: '',
      finishedAt,
    },
    ...{ permissionMode: 'default', labels: [] },
  };
  await database.prisma.run.createMany({ data: ids.map((id) => ({ ...one, id, threadId: id })) });
  const killed = new AbortController();
  const slow = meanwhile(database, { after: 'prune-texts' }, async () => killed.abort());
  const first = await forgetTexts(slow, 30 * day, killed.signal);
  expect(first).toBe(500);
  expect(await forgetTexts(database, 30 * day, patient)).toBe(700);
  expect(await database.prisma.run.count({ where: { id: { in: ids }, input: 'x' } })).toBe(0);
});
