import { expect, test } from 'vitest';
import { finishOf, useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { launch, runner, claim, claimOne } = org;

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
