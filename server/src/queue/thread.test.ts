import type { Failure } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { event, finishOf, useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { launch, runner, claim, claimOne, expireLeases } = org;

test('follow-ups run one after another, on the parent’s runner, resuming its session', async () => {
  const runnerId = await runner();
  await launch();
  const parent = await claimOne(runnerId);
  const [first, second] = await Promise.all([
    org.queue.followUp(org.id, parent.id, { prompt: 'one' }),
    org.queue.followUp(org.id, parent.id, { prompt: 'two' }),
  ]);
  expect((await org.queue.get(org.id, first.id)).queue?.reason).toBe('parent_running');
  await org.queue.finish(org.id, parent.id, finishOf(parent, []));
  const { runs } = await claim(runnerId);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ resumeSessionId: 'session-1', threadId: parent.id });
  const waits = [first, second].find((run) => run.id !== runs[0]?.id);
  expect((await org.queue.get(org.id, waits?.id ?? '')).queue?.reason).toBe('thread_busy');
});

test('follow-ups run in the order in which they were asked for, however they lie in the database', async () => {
  const runnerId = await runner();
  await launch();
  const parent = await claimOne(runnerId);
  const asked: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    asked.push((await org.queue.followUp(org.id, parent.id, { prompt: `${n}` })).id);
  }
  // A row that is written anew lies behind the rest, and a clock may have been set back between two of them.
  for (const [place, id] of asked.toReversed().entries()) {
    const createdAt = new Date(Date.now() + place * 1_000);
    await org.database.prisma.run.update({ where: { id }, data: { createdAt } });
  }
  await org.queue.finish(org.id, parent.id, finishOf(parent));
  const order: string[] = [];
  while (order.length < asked.length) {
    const run = await claimOne(runnerId);
    order.push(run.id);
    await org.queue.finish(org.id, run.id, finishOf(run));
  }
  expect(order).toEqual(asked);
});

test('a follow-up of a session that never began is refused, or fails when it was queued before that was known', async () => {
  const runnerId = await runner();
  await launch();
  const parent = await claimOne(runnerId);
  const child = await org.queue.followUp(org.id, parent.id, { prompt: 'next' });
  const failure = { code: 'agent_not_found', message: 'No claude here' } as const;
  await org.queue.finish(
    org.id,
    parent.id,
    finishOf(parent, [], { status: 'FAILED', failure, agentSessionId: null }),
  );
  expect((await org.queue.get(org.id, child.id)).failure?.code).toBe('no_session_to_resume');
  await expect(org.queue.followUp(org.id, parent.id, { prompt: 'next' })).rejects.toMatchObject({
    code: 'NO_SESSION_TO_RESUME',
  });
});

test('a runner that comes back with a lost session completes it before it is given what follows it', async () => {
  const runnerId = await runner();
  await launch({ sharedCwd: true });
  const lost = await claimOne(runnerId);
  await org.queue.start(org.id, lost.id, { token: lost.token });
  const events = [event(1)];
  await org.log.append(org.id, lost.id, { token: lost.token, agentSessionId: 'session-1', events });
  const { id } = await org.queue.followUp(org.id, lost.id, { prompt: 'next' });
  await expireLeases();
  await org.queue.sweep();
  const leases = [{ runId: lost.id, token: lost.token }];
  expect(await claim(runnerId, { leases })).toMatchObject({ runs: [], stale: [] });
  const waiting = claim(runnerId, { leases, waitSec: 20 });
  await org.queue.finish(org.id, lost.id, finishOf(lost, events));
  expect((await waiting).runs).toMatchObject([{ id, resumeSessionId: 'session-1' }]);
  expect(await org.queue.get(org.id, lost.id)).toMatchObject({ status: 'SUCCEEDED', failure: null });
});

test('a lost session that does not come back holds up nothing', async () => {
  const runnerId = await runner();
  await launch();
  const lost = await claimOne(runnerId);
  await org.queue.start(org.id, lost.id, { token: lost.token });
  await org.log.append(org.id, lost.id, {
    token: lost.token,
    agentSessionId: 'session-1',
    events: [event(1)],
  });
  const { id } = await org.queue.followUp(org.id, lost.id, { prompt: 'next' });
  await expireLeases();
  await org.queue.sweep();
  expect((await claim(runnerId)).runs).toMatchObject([{ id }]);
});

test('a fresh follow-up begins a session of its own in the thread, with its parent’s prompt, directory, mode, model and runner', async () => {
  const [runnerId] = await Promise.all([runner(), runner()]);
  const first = await launch({
    runnerId,
    prompt: 'add a route',
    permissionMode: 'plan',
    model: 'opus',
    maxTurns: 3,
  });
  const parent = await claimOne(runnerId);
  await org.queue.finish(org.id, parent.id, finishOf(parent));
  const again = await org.queue.followUp(org.id, first.id, { fresh: true });
  expect(again).toMatchObject({
    threadId: first.id,
    parentRunId: first.id,
    fresh: true,
    input: 'add a route',
    cwd: first.cwd,
    permissionMode: 'plan',
    model: 'opus',
    maxTurns: 3,
  });
  expect(await claimOne(runnerId)).toMatchObject({ id: again.id, resumeSessionId: null });
  const other = await org.queue.followUp(org.id, first.id, { fresh: true, prompt: 'add two routes' });
  expect(other.input).toBe('add two routes');
});

test('what follows a fresh follow-up resumes the session that it began', async () => {
  const runnerId = await runner();
  const first = await launch();
  const parent = await claimOne(runnerId);
  await org.queue.finish(org.id, parent.id, finishOf(parent));
  const again = await org.queue.followUp(org.id, first.id, { fresh: true });
  const next = await org.queue.followUp(org.id, again.id, { prompt: 'and then' });
  const begun = await claimOne(runnerId);
  await org.queue.finish(org.id, begun.id, finishOf(begun, [], { agentSessionId: 'session-2' }));
  expect(await claimOne(runnerId)).toMatchObject({ id: next.id, resumeSessionId: 'session-2' });
});

test('a fresh follow-up waits for the runs before it, and is queued also when its parent never began a session', async () => {
  const runnerId = await runner();
  const first = await launch();
  const parent = await claimOne(runnerId);
  const again = await org.queue.followUp(org.id, first.id, { fresh: true });
  expect((await org.queue.get(org.id, again.id)).queue?.reason).toBe('parent_running');
  const failure = { code: 'agent_not_logged_in', message: 'No login' } as const;
  const end = { status: 'FAILED', failure, agentSessionId: null } as const;
  await org.queue.finish(org.id, parent.id, finishOf(parent, [], end));
  expect(await claimOne(runnerId)).toMatchObject({ id: again.id, resumeSessionId: null });
});

test('a fresh follow-up of a run that no runner ever took goes to any runner, like that run', async () => {
  const first = await launch();
  await org.queue.cancel(org.id, first.id);
  const again = await org.queue.followUp(org.id, first.id, { fresh: true });
  expect(again).toMatchObject({ status: 'QUEUED', runnerId: null });
  expect(await claimOne(await runner())).toMatchObject({ id: again.id, input: first.input });
});

test('a session that was not found is resumed by nothing that follows: only a fresh follow-up goes on', async () => {
  const runnerId = await runner();
  const first = await launch();
  const parent = await claimOne(runnerId);
  await org.queue.finish(org.id, parent.id, finishOf(parent));
  const second = await org.queue.followUp(org.id, first.id, { prompt: 'go on' });
  const waiting = await org.queue.followUp(org.id, second.id, { prompt: 'and on' });
  const lost = await claimOne(runnerId);
  // A runner hears a name, the CLI's, before it hears that there is no such session.
  await org.queue.start(org.id, lost.id, { token: lost.token });
  const events = [event(1)];
  await org.log.append(org.id, lost.id, { token: lost.token, agentSessionId: 'session-9', events });
  const failure = { code: 'session_not_found', message: 'No conversation found' } as const;
  const end = { status: 'FAILED', failure, agentSessionId: 'session-9' } as const;
  await org.queue.finish(org.id, lost.id, finishOf(lost, events, end));
  expect(await org.queue.get(org.id, second.id)).toMatchObject({ failure, agentSessionId: null });
  expect((await org.queue.get(org.id, waiting.id)).failure?.code).toBe('no_session_to_resume');
  const refused = org.queue.followUp(org.id, second.id, { prompt: 'go on' });
  await expect(refused).rejects.toMatchObject({
    code: 'NO_SESSION_TO_RESUME',
    message: expect.stringContaining('fresh'),
  });
  const again = await org.queue.followUp(org.id, second.id, { fresh: true });
  expect(await claimOne(runnerId)).toMatchObject({ id: again.id, input: 'go on', resumeSessionId: null });
});

test('a usage limit says when it ends, where that is known; no other failure does', async () => {
  const runnerId = await runner();
  const failed = async (failure: Failure) => {
    const { id } = await launch({ sharedCwd: true });
    const run = await claimOne(runnerId);
    await org.queue.finish(org.id, id, finishOf(run, [], { status: 'FAILED', failure }));
    return (await org.queue.get(org.id, id)).failure;
  };
  const limit = { code: 'usage_limit', message: 'Limit reached' } as const;
  const resetsAt = '2026-11-30T12:00:00.000Z';
  expect(await failed({ ...limit, resetsAt })).toEqual({ ...limit, resetsAt });
  expect(await failed(limit)).toEqual({ ...limit, resetsAt: null });
  expect(await failed({ code: 'agent_error', message: 'no' })).toEqual({
    code: 'agent_error',
    message: 'no',
  });
});
