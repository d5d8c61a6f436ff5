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
