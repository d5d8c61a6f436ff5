import type { ClaimedRun, Heartbeat, RequestApproval } from '@agentfleet/contract';
import { beforeAll, expect, test, vi } from 'vitest';
import { Approvals } from '../approvals/approvals.js';
import { keyNamed } from '../testing/key-named.js';
import { event, finishOf, useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { launch, runner, claim, claimOne, elapse } = org;
let approvals: Approvals;
beforeAll(() => {
  approvals = new Approvals(org.database);
});

const seconds = 1_000;
const minutes = 60_000;
/** How long a session is out of reach, from the end of its lease on. */
const grace = 15 * minutes;

type Launched = Parameters<typeof launch>[0];

/** A session that runs, on a runner of its own. */
async function started(options: Launched = {}): Promise<{ runnerId: string; run: ClaimedRun }> {
  await launch(options);
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  await org.queue.start(org.id, run.id, { token: run.token });
  return { runnerId, run };
}

/** One whose runner has been silent for so long, while servers swept. */
async function silentFor(ms: number, options: Launched = {}) {
  const session = await started(options);
  await elapse(ms);
  await org.queue.sweep();
  return session;
}

const get = (run: { id: string }) => org.queue.get(org.id, run.id);
const leaseOf = ({ id, token }: ClaimedRun) => ({ runId: id, token });
const beat = (runnerId: string, held: ClaimedRun[], more: Partial<Heartbeat> = {}) =>
  org.queue.heartbeat(org.id, runnerId, {
    leases: held.map(leaseOf),
    acknowledged: [],
    draining: false,
    ...more,
  });
const asking = (run: ClaimedRun, more: Partial<RequestApproval> = {}): RequestApproval => ({
  token: run.token,
  requestId: 'request-1',
  tool: 'Bash',
  message: 'Bash npm test',
  input: { command: 'npm test' },
  toolUseId: 'toolu_1',
  sessionGrant: null,
  waitSec: 3_600,
  ...more,
});
const ask = (run: ClaimedRun, more?: Partial<RequestApproval>) =>
  approvals.request(org.id, run.id, asking(run, more));

test('a session whose runner is silent for 66 seconds, or 10 minutes, goes on running and says since when it is out of reach', async () => {
  for (const ms of [66 * seconds, 10 * minutes]) {
    const { run, runnerId } = await silentFor(ms, { cwd: `/code/${ms}` });
    const silent = await get(run);
    expect(silent).toMatchObject({ status: 'RUNNING', failure: null, runnerId, finishedAt: null });
    expect(Date.now() - Date.parse(silent.lostAt ?? '')).toBeGreaterThanOrEqual(ms);
    expect(Date.now() - Date.parse(silent.lostAt ?? '')).toBeLessThan(ms + 30 * seconds);
    expect((await org.queue.runner(org.id, runnerId)).activeRuns).toBe(1);
    // A later sweep changes nothing more of it.
    expect(await org.queue.sweep()).toBe(0);
    expect(await get(run)).toEqual(silent);
  }
});

test('less than a lease is no silence', async () => {
  const { run } = await silentFor(44 * seconds);
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: null });
});

const comesBack: Record<string, (run: ClaimedRun, runnerId: string) => Promise<unknown>> = {
  'a heartbeat': (run, runnerId) => beat(runnerId, [run]),
  'a claim': (run, runnerId) => claim(runnerId, { leases: [leaseOf(run)] }),
  'an append': (run) => org.log.append(org.id, run.id, { token: run.token, events: [event(1)] }),
  'an append of what is stored already': (run) =>
    org.log.append(org.id, run.id, { token: run.token, events: [event(1)] }),
  'a question to people': (run) => ask(run),
  'a question that was asked before': (run) => ask(run),
  'a start, said again': (run) => org.queue.start(org.id, run.id, { token: run.token }),
};

for (const [word, say] of Object.entries(comesBack)) {
  test(`${word} brings a session that is out of reach back in full, and who watches it is told`, async () => {
    const { run, runnerId } = await started();
    if (word.includes('stored already') || word.includes('asked before')) await say(run, runnerId);
    await elapse(10 * minutes);
    await org.queue.sweep();
    expect((await get(run)).lostAt).not.toBeNull();
    let told = 0;
    const stop = org.database.wakeups.listen(`run:${run.id}`, () => {
      told += 1;
    });
    await say(run, runnerId);
    stop();
    expect(told).toBeGreaterThan(0);
    expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: null });
    await elapse(44 * seconds);
    await org.queue.sweep();
    expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: null });
    await elapse(5 * seconds);
    await org.queue.sweep();
    expect(Date.now() - Date.parse((await get(run)).lostAt ?? '')).toBeGreaterThanOrEqual(49 * seconds);
  });
}

test('nothing that another attempt, or nobody, says brings it back', async () => {
  const { run, runnerId } = await silentFor(2 * minutes);
  const forged = { ...run, token: `att_${'x'.repeat(32)}` };
  expect((await beat(runnerId, [forged])).stale).toEqual([run.id]);
  expect((await beat(await runner(), [run])).stale).toEqual([run.id]);
  await expect(
    org.log.append(org.id, run.id, { token: forged.token, events: [event(1)] }),
  ).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  await expect(ask(forged)).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  expect((await get(run)).lostAt).not.toBeNull();
});

test('what writes is not silent: an append renews the lease, and the run is never out of reach', async () => {
  const { run } = await started();
  await elapse(40 * seconds);
  await org.log.append(org.id, run.id, { token: run.token, events: [event(1)] });
  await elapse(40 * seconds);
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: null });
});

test('a session that is out of reach can be cancelled: its runner hears of it when it is back', async () => {
  const { run, runnerId } = await silentFor(66 * seconds);
  const cancelled = await org.queue.cancel(org.id, run.id);
  expect(cancelled).toMatchObject({ status: 'RUNNING' });
  await elapse(12 * minutes);
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
  const { commands, stale } = await beat(runnerId, [run]);
  expect(stale).toEqual([]);
  expect(commands).toMatchObject([{ runId: run.id, kind: 'cancel' }]);
  // It has the time that any runner has, from when it is back.
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: null });
  await org.queue.finish(org.id, run.id, finishOf(run, [], { status: 'CANCELLED', result: null }));
  expect((await get(run)).status).toBe('CANCELLED');
});

test('one that was to be cancelled is cancelled when its grace is over, and its runner still hears of it', async () => {
  const { run, runnerId } = await silentFor(66 * seconds);
  await org.queue.cancel(org.id, run.id);
  await elapse(grace);
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'CANCELLED', failure: null, lostAt: null });
  const { commands, stale } = await beat(runnerId, [run]);
  expect(stale).toEqual([]);
  expect(commands).toMatchObject([{ runId: run.id, kind: 'cancel' }]);
  await beat(runnerId, [run], { acknowledged: commands.map(({ id }) => id) });
  expect((await beat(runnerId, [run])).commands).toEqual([]);
});

test('its approvals go on waiting, can be decided, and the word is there when the runner is back', async () => {
  const { run, runnerId } = await started();
  const { id } = await ask(run);
  await elapse(10 * minutes);
  await org.queue.sweep();
  expect(await approvals.get(org.id, id)).toMatchObject({ state: 'waiting' });
  expect((await get(run)).approvalsWaiting).toBe(1);
  const { data } = await org.queue.list(org.id, { limit: 10, order: 'desc', waiting: 'true' });
  expect(data.map((one) => one.id)).toEqual([run.id]);
  const decided = await approvals.decide(org.id, id, { decision: 'allow' }, keyNamed('laptop'));
  expect(decided).toMatchObject({ state: 'allowed' });
  expect((await beat(runnerId, [run])).commands).toMatchObject([{ kind: 'decision', runId: run.id }]);
  expect(await ask(run, { requestId: 'request-2' })).toMatchObject({ state: 'waiting' });
});

test('its approvals keep their own deadline', async () => {
  const { run } = await started();
  const { id } = await ask(run, { waitSec: 120 });
  await elapse(3 * minutes);
  await org.queue.sweep();
  expect((await get(run)).status).toBe('RUNNING');
  expect(await approvals.get(org.id, id)).toMatchObject({ state: 'expired' });
  // Nobody is told any more that it waits, and its runner hears the same when it asks again.
  expect((await get(run)).approvalsWaiting).toBe(0);
  expect((await org.queue.list(org.id, { limit: 10, order: 'desc', waiting: 'true' })).data).toEqual([]);
  expect(await ask(run, { waitSec: 120 })).toMatchObject({ id, state: 'expired' });
  expect((await get(run)).approvalsWaiting).toBe(0);
});

test('it counts as lost when the grace is over, and is corrected when its runner returns later still', async () => {
  const { run } = await silentFor(45 * seconds + grace - 5 * seconds);
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
  await elapse(10 * seconds);
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({
    status: 'FAILED',
    failure: { code: 'runner_lost' },
    lostAt: null,
    finishedAt: expect.any(String),
  });
  await org.log.append(org.id, run.id, { token: run.token, events: [event(1)] });
  await org.queue.finish(org.id, run.id, finishOf(run, [event(1)]));
  expect(await get(run)).toMatchObject({ status: 'SUCCEEDED', failure: null, lostAt: null, lastSeq: 1 });
});

test('the grace is the server’s to set, down to nothing', async () => {
  const { queue } = org.counted({ leaseMs: 45_000, lostGraceMs: 0, heartbeatMs: 1, onlineMs: 1, pollMs: 1 });
  const { run } = await started();
  await elapse(46 * seconds);
  await queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
});

test('a session that may be started again gives its place to the next attempt as soon as its lease ends', async () => {
  const { run } = await silentFor(46 * seconds, { retry: { maxAttempts: 2 } });
  expect(await get(run)).toMatchObject({ status: 'QUEUED', lostAt: null });
  const again = await claimOne(await runner());
  expect(again).toMatchObject({ id: run.id, attempt: 2, mayRunAgain: false });
  await org.queue.start(org.id, run.id, { token: again.token });
  // Nobody starts the last attempt again, so it has the grace.
  await elapse(5 * minutes);
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
});

test('a run that never started goes back to the queue when its lease ends', async () => {
  const { id } = await launch();
  await claimOne(await runner());
  await elapse(46 * seconds);
  await org.queue.sweep();
  expect(await org.queue.get(org.id, id)).toMatchObject({ status: 'QUEUED', lostAt: null });
});

test('it keeps its directory, its slot, its place in the thread and in the org, and who waits is told of it', async () => {
  await launch();
  const runnerId = await runner(['/code'], 2);
  const run = await claimOne(runnerId);
  await org.queue.start(org.id, run.id, { token: run.token });
  const child = await org.queue.followUp(org.id, run.id, { prompt: 'and then' });
  const here = await launch({ runnerId });
  await elapse(2 * minutes);
  await org.queue.sweep();
  const place = async (id: string) => (await org.queue.get(org.id, id)).queue;
  expect(await place(child.id)).toMatchObject({
    reason: 'parent_running',
    message: expect.stringContaining('out of reach'),
  });
  expect(await place(here.id)).toMatchObject({ reason: 'runner_offline' });
  // The runner is heard of again, but not yet of this session.
  await org.database.prisma.runner.update({ where: { id: runnerId }, data: { lastSeenAt: new Date() } });
  expect(await place(here.id)).toMatchObject({
    reason: 'directory_busy',
    message: expect.stringContaining('out of reach'),
  });
  await org.database.prisma.runner.update({ where: { id: runnerId }, data: { maxConcurrentRuns: 1 } });
  expect(await place(here.id)).toMatchObject({
    reason: 'runner_busy',
    message: 'Every runner that may take it is at its limit of sessions, 1 of them out of reach.',
  });
  await org.database.prisma.org.update({ where: { id: org.id }, data: { maxConcurrentRuns: 1 } });
  expect(await place(here.id)).toMatchObject({
    reason: 'org_limit',
    message: 'The org runs as many sessions as it may at once, 1 of them out of reach.',
  });
  expect((await claim(runnerId, { leases: [leaseOf(run)] })).runs).toEqual([]);
  expect((await org.queue.overview(org.id)).running).toBe(1);
});

test('a runner that ends ends what it does not name, at once, and what it names stays its own', async () => {
  const runnerId = await runner();
  await launch({ cwd: '/code/a' });
  await launch({ cwd: '/code/b' });
  const [gone, undelivered] = (await claim(runnerId)).runs;
  if (!gone || !undelivered) throw new Error('they were posted');
  for (const { id, token } of [gone, undelivered]) await org.queue.start(org.id, id, { token });
  await elapse(5 * seconds);
  await beat(runnerId, [undelivered], { draining: true, leaving: true });
  expect(await get(gone)).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
  expect(await get(undelivered)).toMatchObject({ status: 'RUNNING', lostAt: null });
  await elapse(10 * minutes);
  await org.queue.sweep();
  expect(await get(undelivered)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
});

test('a runner that names all it has, long after, without the session no longer has it', async () => {
  for (const says of ['heartbeat', 'claim'] as const) {
    const { run, runnerId } = await silentFor(2 * minutes, { cwd: `/code/${says}` });
    if (says === 'heartbeat') await beat(runnerId, []);
    else await claim(runnerId, { slots: 0 });
    await org.queue.sweep();
    expect(await get(run)).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
  }
});

test('a word from before the session, one that may have been cut, and a registration do not say that it is gone', async () => {
  const { run, runnerId } = await started();
  // As late as a network may bring it: the lease has not run out.
  await elapse(30 * seconds);
  await beat(runnerId, []);
  await claim(runnerId, { slots: 0 });
  await elapse(20 * seconds);
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });

  const many = Array.from({ length: 256 }, (_item, index) => ({
    runId: run.id,
    token: `att_${String(index).padStart(32, '0')}`,
  }));
  await beat(runnerId, [], { leases: many });
  await claim(runnerId, { leases: many, slots: 0 });
  const known = await org.database.prisma.runner.findUniqueOrThrow({ where: { id: runnerId } });
  await org.queue.register(org.id, {
    ...known,
    directories: ['/code'],
    platform: 'linux',
    permissionModes: ['default'],
  });
  await org.queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
});

test('a claim that waits says what its runner held when it came, not what it holds now', async () => {
  const { run, runnerId } = await started();
  const runnerRow = () => org.database.prisma.runner.findUniqueOrThrow({ where: { id: runnerId } });
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const waiting = claim(runnerId, { slots: 0, waitSec: 30 });
    await vi.waitFor(async () => expect((await runnerRow()).toldAt).not.toBeNull(), { timeout: 10_000 });
    vi.advanceTimersByTime(20 * seconds);
    await elapse(20 * seconds);
    // It looks again, and the command is its answer.
    await org.queue.cancel(org.id, run.id);
    expect((await waiting).commands).toMatchObject([{ kind: 'cancel' }]);
  } finally {
    vi.useRealTimers();
  }
  const { lastSeenAt, toldAt } = await runnerRow();
  expect(lastSeenAt.getTime() - (toldAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(19 * seconds);
});

test('a runner that never comes back can be removed: what was out of reach there ends as lost', async () => {
  const { run, runnerId } = await started();
  await expect(org.queue.removeRunner(org.id, runnerId)).rejects.toMatchObject({ code: 'RUNNER_BUSY' });
  await elapse(2 * minutes);
  await org.queue.sweep();
  await org.queue.removeRunner(org.id, runnerId);
  expect(await get(run)).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
});

test('the time limit of a session counts for its runner from when it is back', async () => {
  const { run, runnerId } = await started({ timeoutSec: 60 });
  const { queue } = org.counted({
    leaseMs: 45_000,
    lostGraceMs: 3_600_000,
    heartbeatMs: 1,
    onlineMs: 1,
    pollMs: 1,
  });
  await elapse(40 * minutes);
  await queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: expect.any(String) });
  await beat(runnerId, [run]);
  await queue.sweep();
  expect(await get(run)).toMatchObject({ status: 'RUNNING', lostAt: null });
});
