import type { Claim, ClaimedRun, CreateRun } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { keyNamed } from '../testing/key-named.js';
import { finishOf, useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { runner, claim } = org;

const launch = async (options: Partial<typeof CreateRun._zod.input> = {}) => (await org.launch(options)).id;
const poll = (runnerId: string, more: Partial<Claim> = {}) => claim(runnerId, { slots: 1, ...more });

/** A session that runs on the runner. */
async function running(runnerId: string, options: Partial<typeof CreateRun._zod.input> = {}) {
  await launch({ ...options, runnerId });
  const [run] = (await poll(runnerId)).runs;
  if (!run) throw new Error('nothing was claimed');
  await org.queue.start(org.id, run.id, { token: run.token });
  return run;
}

const finish = (run: ClaimedRun) => org.queue.finish(org.id, run.id, finishOf(run));

const lastSeen = (runnerId: string, at: Date) =>
  org.database.prisma.runner.update({ where: { id: runnerId }, data: { lastSeenAt: at } });

const placeOf = async (runId: string) => (await org.queue.get(org.id, runId)).queue;
const waits = async (runId: string) => (await placeOf(runId))?.reason;

test('no_runner_registered: the org has never had a runner', async () => {
  expect(await placeOf(await launch())).toEqual({
    reason: 'no_runner_registered',
    message: 'No runner has ever connected. Start one on a machine of yours.',
    position: 1,
    eligibleRunners: 0,
  });
});

test('no_runner_online: every runner was last heard from long ago', async () => {
  await lastSeen(await runner(), new Date(0));
  expect(await waits(await launch())).toBe('no_runner_online');
});

test('directory_not_covered: runners are online, but none allows the directory', async () => {
  await runner(['/elsewhere']);
  const place = await placeOf(await launch());
  expect(place).toMatchObject({ reason: 'directory_not_covered', eligibleRunners: 0 });
  expect(place?.message).toContain('/code/app');
});

test('directory_not_covered: a runner allows the directory, but not the permission mode', async () => {
  await runner();
  const place = await placeOf(await launch({ permissionMode: 'bypassPermissions' }));
  expect(place?.reason).toBe('directory_not_covered');
  expect(place?.message).toMatch(/A runner of root does not offer it in any case/);
  expect(place?.message).toContain('bypassPermissions');
});

test('runner_offline: the one runner it is pinned to is away, whoever else is there', async () => {
  const away = await runner();
  await runner();
  const id = await launch({ runnerId: away });
  await lastSeen(away, new Date(0));
  const place = await placeOf(id);
  expect(place).toMatchObject({ reason: 'runner_offline', eligibleRunners: 0 });
  expect(place?.message).toContain('box');
});

test('runner_paused: whoever could take it is paused, until one is resumed', async () => {
  const box = await runner();
  const paused = await org.queue.pause(org.id, box, { note: 'moving house' }, keyNamed('Ann'));
  expect(paused).toMatchObject({ state: 'paused', pauseNote: 'moving house' });
  const id = await launch();
  expect(await waits(id)).toBe('runner_paused');
  expect((await poll(box)).runs).toEqual([]);
  expect(await org.queue.resume(org.id, box)).toMatchObject({
    state: 'online',
    pauseNote: null,
    pausedAt: null,
  });
  expect(await waits(id)).toBe('ready');
  expect((await poll(box)).runs.map((run) => run.id)).toEqual([id]);
});

test('runner_paused: whoever could take it drains, and shows it', async () => {
  const box = await runner();
  const id = await launch();
  expect((await poll(box, { draining: true })).runs).toEqual([]);
  expect(await org.queue.runner(org.id, box)).toMatchObject({ state: 'draining', online: true });
  expect(await waits(id)).toBe('runner_paused');
});

test('runner_busy: whoever could take it runs as many sessions as it may', async () => {
  const box = await runner(['/code'], 1);
  const session = await running(box);
  const id = await launch({ cwd: '/code/other' });
  expect(await placeOf(id)).toMatchObject({ reason: 'runner_busy', eligibleRunners: 1 });
  await finish(session);
  expect(await waits(id)).toBe('ready');
});

test('directory_busy: another session works there, unless both share the directory', async () => {
  const session = await running(await runner());
  const alone = await launch();
  const elsewhere = await launch({ cwd: '/code/other' });
  const place = await placeOf(alone);
  expect(place?.reason).toBe('directory_busy');
  expect(place?.message).toContain('sharedCwd');
  const { startedAt } = await org.queue.get(org.id, session.id);
  expect(place?.heldBy).toEqual({ runId: session.id, since: startedAt, shared: false, approvalsWaiting: 0 });
  expect(await waits(elsewhere)).toBe('ready');
  await finish(session);
  expect(await waits(alone)).toBe('ready');
});

test('org_limit: the org runs as many sessions as it may', async () => {
  await org.database.prisma.org.update({ where: { id: org.id }, data: { maxConcurrentRuns: 1 } });
  await running(await runner());
  expect(await waits(await launch({ cwd: '/code/other' }))).toBe('org_limit');
});

test('parent_running, then thread_busy: follow-ups wait for what goes before them', async () => {
  const session = await running(await runner());
  const first = await org.queue.followUp(org.id, session.id, { prompt: 'and then' });
  const second = await org.queue.followUp(org.id, session.id, { prompt: 'and at last' });
  expect(await waits(first.id)).toBe('parent_running');
  await finish(session);
  expect(await waits(first.id)).toBe('ready');
  expect(await waits(second.id)).toBe('thread_busy');
});

test('the position counts the runs that go first, by priority and age, and not those pinned to other runners', async () => {
  const box = await runner();
  const other = await runner();
  await launch({ runnerId: other });
  const early = await launch();
  const late = await launch({ runnerId: box });
  const important = await launch({ priority: 5 });
  expect((await placeOf(important))?.position).toBe(1);
  expect((await placeOf(late))?.position).toBe(3);
  await poll(box);
  expect((await placeOf(late))?.position).toBe(2);
  expect((await org.queue.get(org.id, important)).queue).toBeNull();
  expect((await placeOf(early))?.eligibleRunners).toBe(2);
});

test('the overview tells depth, oldest age, sessions that run and runners that poll', async () => {
  expect(await org.queue.overview(org.id)).toEqual({
    depth: 0,
    oldestAgeMs: null,
    runnersPolling: 0,
    running: 0,
  });
  const box = await runner();
  await running(box);
  const first = await launch();
  await launch();
  await org.database.prisma.run.update({
    where: { id: first },
    data: { createdAt: new Date(Date.now() - 60_000) },
  });
  const waiting = new AbortController();
  const idle: Claim = { leases: [], acknowledged: [], draining: false, slots: 0, waitSec: 30 };
  const polling = org.queue.claim(org.id, box, idle, waiting.signal).catch(() => undefined);
  await expect.poll(async () => (await org.queue.overview(org.id)).runnersPolling).toBe(1);
  const overview = await org.queue.overview(org.id);
  expect(overview).toMatchObject({ depth: 2, running: 1 });
  expect(overview.oldestAgeMs).toBeGreaterThanOrEqual(60_000);
  waiting.abort();
  await polling;
});
