import { createHash } from 'node:crypto';
import {
  type Claim,
  type ClaimedRun,
  CreateRun,
  type Event,
  eventDigestInput,
  type FinishRun,
} from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import type { Wakeups } from '../db/wakeups.js';
import { createEventLog } from '../eventlog/create-eventlog.js';
import type { EventLog } from '../eventlog/eventlog.js';
import { openTestDatabase } from '../testing/database.js';
import { machine } from '../testing/machine.js';
import { createQueue } from './create-queue.js';
import { defaultPolicy, type Queue } from './queue.js';

let database: Database;
let queue: Queue;
let log: EventLog;
let orgId: string;
const patient = new AbortController().signal;

beforeAll(async () => {
  database = await openTestDatabase();
  queue = createQueue(database);
  log = createEventLog(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  orgId = newId('org_');
  await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
});

function launch(options: Partial<typeof CreateRun._zod.input> = {}) {
  return queue.enqueue(orgId, CreateRun.parse({ prompt: 'do it', cwd: '/code/app', ...options }));
}

async function runner(directories = ['/code'], maxConcurrentRuns = 4): Promise<string> {
  const { id } = await queue.register(orgId, machine({ directories, maxConcurrentRuns }));
  return id;
}

function claim(runnerId: string, request: Partial<Claim> = {}, on = queue) {
  const whole = { leases: [], acknowledged: [], draining: false, slots: 4, waitSec: 0, ...request };
  return on.claim(orgId, runnerId, whole, patient);
}

async function claimOne(runnerId: string): Promise<ClaimedRun> {
  const [run] = (await claim(runnerId, { slots: 1 })).runs;
  if (!run) throw new Error('nothing was claimed');
  return run;
}

const event = (seq: number, message = `line ${seq}`): Event => ({
  seq,
  kind: 'assistant',
  message,
  data: null,
  at: '2026-11-23T10:00:00.000Z',
});

function finishOf(run: ClaimedRun, events: Event[], more: Partial<FinishRun> = {}): FinishRun {
  const digest = (one: Event) => createHash('sha256').update(eventDigestInput(one)).digest().readInt32BE(0);
  return {
    token: run.token,
    status: 'SUCCEEDED',
    failure: null,
    agentSessionId: 'session-1',
    result: 'done',
    numTurns: 1,
    costUsd: 0.01,
    usage: null,
    finishedAt: '2026-11-23T10:00:01.000Z',
    lastSeq: events.at(-1)?.seq ?? run.lastSeq,
    logChecksum: events.reduce((sum, one) => sum + digest(one), 0),
    ...more,
  };
}

/** Lets every lease of the org run out, as if its runners had died long ago. */
function expireLeases() {
  return database.prisma.run.updateMany({
    where: { orgId, leaseExpiresAt: { not: null } },
    data: { leaseExpiresAt: new Date(0) },
  });
}

test('a run goes from the queue through a runner to its end', async () => {
  const { id } = await launch();
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  expect(run).toMatchObject({ id, attempt: 1, input: 'do it', resumeSessionId: null, lastSeq: 0 });
  await queue.start(orgId, id, { token: run.token });
  expect(await queue.get(orgId, id)).toMatchObject({ status: 'RUNNING', runnerId, queue: null });
  expect(await log.append(orgId, id, { token: run.token, events: [event(1), event(2)] })).toEqual({
    lastSeq: 2,
  });
  const done = await queue.finish(orgId, id, finishOf(run, [event(1), event(2)]));
  expect(done).toEqual({ id, status: 'SUCCEEDED' });
  expect(await queue.get(orgId, id)).toMatchObject({
    status: 'SUCCEEDED',
    result: 'done',
    costUsd: 0.01,
    lastSeq: 2,
  });
});

test('a run that has waited half an hour behind more important ones goes first', async () => {
  const old = await launch({ cwd: '/code/a', priority: -5 });
  const young = await launch({ cwd: '/code/b', priority: -5 });
  await launch({ cwd: '/code/c', priority: 5 });
  await database.prisma.run.update({
    where: { id: old.id },
    data: { createdAt: new Date(Date.now() - 31 * 60_000) },
  });
  await queue.sweep();
  expect((await claimOne(await runner())).id).toBe(old.id);
  expect((await queue.get(orgId, young.id)).queue?.position).toBe(2);
  expect(await queue.get(orgId, old.id)).toMatchObject({ priority: -5 });
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
  expect((await queue.get(orgId, id)).queue).toMatchObject({ reason: 'directory_not_covered', position: 1 });
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
  await queue.pause(orgId, runnerId, { note: 'backup' });
  expect((await claim(runnerId)).runs).toEqual([]);
  expect((await queue.get(orgId, id)).queue?.reason).toBe('runner_paused');
  await queue.resume(orgId, runnerId);
  expect((await claim(runnerId, { draining: true })).runs).toEqual([]);
  expect((await claim(runnerId)).runs).toMatchObject([{ id }]);
});

test('the org’s limit holds over all its runners', async () => {
  await database.prisma.org.update({ where: { id: orgId }, data: { maxConcurrentRuns: 1 } });
  await launch({ cwd: '/code/a' });
  const { id } = await launch({ cwd: '/code/b' });
  expect((await claim(await runner())).runs).toHaveLength(1);
  expect((await claim(await runner())).runs).toEqual([]);
  expect((await queue.get(orgId, id)).queue?.reason).toBe('org_limit');
});

test('a waiting claim is answered as soon as a run is enqueued', async () => {
  const runnerId = await runner();
  const waiting = claim(runnerId, { waitSec: 20 });
  const { id } = await launch();
  expect((await waiting).runs).toMatchObject([{ id }]);
});

test('a claim whose answer was lost is answered again with the same token', async () => {
  const runnerId = await runner();
  await launch();
  const run = await claimOne(runnerId);
  expect((await claim(runnerId)).runs).toMatchObject([{ id: run.id, token: run.token, attempt: 1 }]);
  expect((await claim(runnerId, { leases: [{ runId: run.id, token: run.token }] })).runs).toEqual([]);
});

test('a run that never started goes back to the queue, and its old token is stale', async () => {
  const { id } = await launch();
  const first = await claimOne(await runner());
  await expireLeases();
  await queue.sweep();
  expect(await queue.get(orgId, id)).toMatchObject({ status: 'QUEUED', runnerId: null });
  const second = await claimOne(await runner());
  expect(second).toMatchObject({ id, attempt: 2 });
  await expect(queue.start(orgId, id, { token: first.token })).rejects.toMatchObject({
    code: 'STALE_ATTEMPT',
  });
});

test('a lost session fails, and is corrected when its runner returns with the rest of the log', async () => {
  const { id } = await launch();
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  await queue.start(orgId, id, { token: run.token });
  await expireLeases();
  await queue.sweep();
  expect(await queue.get(orgId, id)).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
  await log.append(orgId, id, { token: run.token, events: [event(1)] });
  await queue.finish(orgId, id, finishOf(run, [event(1)]));
  expect(await queue.get(orgId, id)).toMatchObject({ status: 'SUCCEEDED', failure: null });
});

test('a lost session with attempts left is started again', async () => {
  const { id } = await launch({ retry: { maxAttempts: 2 } });
  const run = await claimOne(await runner());
  await queue.start(orgId, id, { token: run.token });
  await expireLeases();
  await queue.sweep();
  expect(await claimOne(await runner())).toMatchObject({ id, attempt: 2 });
  await expect(log.append(orgId, id, { token: run.token, events: [event(1)] })).rejects.toMatchObject({
    code: 'STALE_ATTEMPT',
  });
});

test('a heartbeat renews leases and names the stale ones', async () => {
  const runnerId = await runner();
  await launch();
  const run = await claimOne(runnerId);
  const lease = { runId: run.id, token: run.token };
  const foreign = { runId: run.id, token: `att_${'x'.repeat(32)}` };
  const beat = (leases: (typeof lease)[]) =>
    queue.heartbeat(orgId, runnerId, { leases, acknowledged: [], draining: false });
  expect((await beat([lease])).stale).toEqual([]);
  expect((await beat([foreign])).stale).toEqual([run.id]);
});

test('a queued run past its time to live fails', async () => {
  const { id } = await launch({ queueTtlSec: 1 });
  await database.prisma.run.update({ where: { id }, data: { queuedAt: new Date(0) } });
  await queue.sweep();
  expect(await queue.get(orgId, id)).toMatchObject({ status: 'FAILED', failure: { code: 'queue_expired' } });
});

test('cancelling a queued run ends it; cancelling a running one asks its runner until that has acknowledged', async () => {
  const queued = await launch({ cwd: '/code/a' });
  expect(await queue.cancel(orgId, queued.id)).toMatchObject({ status: 'CANCELLED' });
  await expect(queue.cancel(orgId, queued.id)).rejects.toMatchObject({ code: 'RUN_FINISHED' });
  await launch({ cwd: '/code/b' });
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  const leases = [{ runId: run.id, token: run.token }];
  await queue.cancel(orgId, run.id);
  await queue.cancel(orgId, run.id);
  const { commands } = await claim(runnerId, { leases, slots: 0 });
  expect(commands).toMatchObject([{ runId: run.id, kind: 'cancel' }]);
  const acknowledged = commands.map((command) => command.id);
  expect((await claim(runnerId, { leases, slots: 0, acknowledged })).commands).toEqual([]);
});

test('a run that was cancelled before its runner had started it never starts', async () => {
  const { id } = await launch();
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  const child = await queue.followUp(orgId, id, { prompt: 'next' });
  await queue.cancel(orgId, id);
  // The command came before the run did, and was acknowledged.
  const { commands } = await claim(runnerId, { slots: 0 });
  await claim(runnerId, { slots: 0, acknowledged: commands.map((command) => command.id) });
  const starting = () => queue.start(orgId, id, { token: run.token });
  await expect(starting()).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  await expect(starting()).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  expect(await queue.get(orgId, id)).toMatchObject({ status: 'CANCELLED', startedAt: null });
  expect((await queue.get(orgId, child.id)).failure?.code).toBe('no_session_to_resume');
});

test('a runner that renews its leases for ever keeps no session RUNNING past its time limit', async () => {
  const limited = await launch({ cwd: '/code/a', timeoutSec: 60 });
  const unlimited = await launch({ cwd: '/code/b', retry: { maxAttempts: 3 } });
  const runnerId = await runner();
  const { runs } = await claim(runnerId);
  for (const { id, token } of runs) await queue.start(orgId, id, { token });
  const began = (id: string, hoursAgo: number) =>
    database.prisma.run.update({
      where: { id },
      data: { startedAt: new Date(Date.now() - hoursAgo * 3_600_000) },
    });
  await began(limited.id, 1);
  await began(unlimited.id, 24);
  const leases = runs.map(({ id, token }) => ({ runId: id, token }));
  await queue.heartbeat(orgId, runnerId, { leases, acknowledged: [], draining: false });
  await queue.sweep();
  expect(await queue.get(orgId, limited.id)).toMatchObject({
    status: 'FAILED',
    failure: { code: 'timed_out' },
  });
  expect(await queue.get(orgId, unlimited.id)).toMatchObject({ status: 'RUNNING' });
  await began(unlimited.id, 8 * 24);
  await queue.sweep();
  expect(await queue.get(orgId, unlimited.id)).toMatchObject({
    status: 'FAILED',
    failure: { code: 'timed_out' },
  });
  // Its runner may still say how it really ended.
  const [run] = runs.filter(({ id }) => id === limited.id);
  if (!run) throw new Error('it was claimed');
  await queue.finish(orgId, limited.id, finishOf(run, []));
  expect(await queue.get(orgId, limited.id)).toMatchObject({ status: 'SUCCEEDED', failure: null });
});

test('a runner that renews its leases for ever but never starts, or never cancels, loses the run', async () => {
  const waits = await launch({ cwd: '/code/a' });
  const unwanted = await launch({ cwd: '/code/b' });
  const runnerId = await runner();
  const { runs } = await claim(runnerId);
  const token = runs.find(({ id }) => id === unwanted.id)?.token ?? '';
  await queue.start(orgId, unwanted.id, { token });
  await queue.cancel(orgId, unwanted.id);
  await queue.sweep();
  expect((await queue.get(orgId, waits.id)).status).toBe('CLAIMED');
  expect((await queue.get(orgId, unwanted.id)).status).toBe('RUNNING');
  const longAgo = new Date(Date.now() - 3_600_000);
  await database.prisma.run.update({ where: { id: waits.id }, data: { claimedAt: longAgo } });
  await database.prisma.run.update({ where: { id: unwanted.id }, data: { cancelRequestedAt: longAgo } });
  await queue.sweep();
  expect((await queue.get(orgId, waits.id)).status).toBe('QUEUED');
  expect((await queue.get(orgId, unwanted.id)).status).toBe('CANCELLED');
});

test('only the last attempt of a run is told that nobody will run it again', async () => {
  const { id } = await launch({ retry: { maxAttempts: 2 } });
  const runnerId = await runner();
  const first = await claimOne(runnerId);
  expect(first.mayRunAgain).toBe(true);
  await queue.start(orgId, id, { token: first.token });
  await expireLeases();
  await queue.sweep();
  expect(await claimOne(runnerId)).toMatchObject({ attempt: 2, mayRunAgain: false });
});

test('the time to live of a run counts while it waits for a runner, not while its thread is busy or it ran', async () => {
  const runnerId = await runner();
  const { id } = await launch({ queueTtlSec: 60, retry: { maxAttempts: 2 } });
  const run = await claimOne(runnerId);
  const child = await queue.followUp(orgId, id, { prompt: 'next' });
  const old = new Date(Date.now() - 3_600_000);
  await database.prisma.run.updateMany({ where: { orgId }, data: { createdAt: old, queuedAt: old } });
  await queue.start(orgId, id, { token: run.token });
  await expireLeases();
  await queue.sweep();
  await queue.sweep();
  expect((await queue.get(orgId, id)).status).toBe('QUEUED');
  const again = await claimOne(runnerId);
  await queue.finish(orgId, id, finishOf(again, []));
  await queue.sweep();
  expect((await queue.get(orgId, child.id)).queue?.reason).toBe('ready');
  await database.prisma.run.update({ where: { id: child.id }, data: { queuedAt: old } });
  await queue.sweep();
  expect((await queue.get(orgId, child.id)).failure?.code).toBe('queue_expired');
});

test('follow-ups run one after another, on the parent’s runner, resuming its session', async () => {
  const runnerId = await runner();
  await launch();
  const parent = await claimOne(runnerId);
  const [first, second] = await Promise.all([
    queue.followUp(orgId, parent.id, { prompt: 'one' }),
    queue.followUp(orgId, parent.id, { prompt: 'two' }),
  ]);
  expect((await queue.get(orgId, first.id)).queue?.reason).toBe('parent_running');
  await queue.finish(orgId, parent.id, finishOf(parent, []));
  const { runs } = await claim(runnerId);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ resumeSessionId: 'session-1', threadId: parent.id });
  const waits = [first, second].find((run) => run.id !== runs[0]?.id);
  expect((await queue.get(orgId, waits?.id ?? '')).queue?.reason).toBe('thread_busy');
});

test('a follow-up of a session that never began is refused, or fails when it was queued before that was known', async () => {
  const runnerId = await runner();
  await launch();
  const parent = await claimOne(runnerId);
  const child = await queue.followUp(orgId, parent.id, { prompt: 'next' });
  const failure = { code: 'agent_not_found', message: 'No claude here' } as const;
  await queue.finish(
    orgId,
    parent.id,
    finishOf(parent, [], { status: 'FAILED', failure, agentSessionId: null }),
  );
  expect((await queue.get(orgId, child.id)).failure?.code).toBe('no_session_to_resume');
  await expect(queue.followUp(orgId, parent.id, { prompt: 'next' })).rejects.toMatchObject({
    code: 'NO_SESSION_TO_RESUME',
  });
});

test('an append is stored once however often it is sent; a gap and other content are refused', async () => {
  await launch();
  const run = await claimOne(await runner());
  const append = (events: Event[]) => log.append(orgId, run.id, { token: run.token, events });
  await append([event(1), event(2)]);
  expect(await append([event(2), event(3)])).toEqual({ lastSeq: 3 });
  await expect(append([event(5)])).rejects.toMatchObject({ code: 'EVENT_GAP', details: { lastSeq: 3 } });
  await expect(append([event(2, 'other')])).rejects.toMatchObject({ code: 'EVENT_CONFLICT' });
  const events = await log.read(orgId, run.id, { after: 0, limit: 10 });
  expect(events.map((one) => one.message)).toEqual(['line 1', 'line 2', 'line 3']);
});

test('a finish before the whole log has arrived asks for the rest; a repeated finish is answered alike', async () => {
  await launch();
  const run = await claimOne(await runner());
  await log.append(orgId, run.id, { token: run.token, events: [event(1)] });
  const whole = finishOf(run, [event(1), event(2)]);
  await expect(queue.finish(orgId, run.id, whole)).rejects.toMatchObject({
    code: 'LOG_INCOMPLETE',
    details: { lastSeq: 1 },
  });
  await log.append(orgId, run.id, { token: run.token, events: [event(2)] });
  const done = await queue.finish(orgId, run.id, whole);
  expect(await queue.finish(orgId, run.id, whole)).toEqual(done);
});

test('a follower sees every event once and ends with the run', async () => {
  await launch();
  const run = await claimOne(await runner());
  const seen: number[] = [];
  const following = (async () => {
    for await (const batch of log.follow(orgId, run.id, 0, patient))
      seen.push(...batch.map((one) => one.seq));
  })();
  const events = Array.from({ length: 20 }, (_item, index) => event(index + 1));
  for (const one of events) await log.append(orgId, run.id, { token: run.token, events: [one] });
  await queue.finish(orgId, run.id, finishOf(run, events));
  await following;
  expect(seen).toEqual(events.map((one) => one.seq));
});

test('another org sees nothing of a run', async () => {
  const { id } = await launch();
  const stranger = newId('org_');
  await expect(queue.get(stranger, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(queue.cancel(stranger, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(log.read(stranger, id, { after: 0, limit: 1 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

/** Wake-ups that reach nobody. */
const deaf: Wakeups = {
  wake: () => undefined,
  listen: () => () => undefined,
  say: () => undefined,
  hear: () => () => undefined,
};

test('what must wait is polled slowly when its wake-up was lost', async () => {
  const hasty = createQueue(database, { ...defaultPolicy, pollMs: 20 });
  const runnerId = await runner();
  const waiting = claim(runnerId, { waitSec: 20 }, hasty);
  const silent = createQueue({
    ...database,
    wakeups: deaf,
  });
  const { id } = await silent.enqueue(orgId, CreateRun.parse({ prompt: 'do it', cwd: '/code/app' }));
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
  await expect.poll(async () => (await queue.overview(orgId)).runnersPolling).toBe(2);
  // Through a server that this one does not hear from, the first takes a session of the directory meanwhile.
  const elsewhere = createQueue({
    ...database,
    wakeups: deaf,
  });
  await elsewhere.enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd: '/code/app', runnerId: busy }));
  const [taken] = (await claim(busy, { slots: 1 }, elsewhere)).runs;
  await elsewhere.start(orgId, taken?.id ?? '', { token: taken?.token ?? '' });
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
