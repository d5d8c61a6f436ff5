import { expect, test } from 'vitest';
import { useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { launch, runner, claim, claimOne } = org;

test('cancelling a queued run ends it; cancelling a running one asks its runner until that has acknowledged', async () => {
  const queued = await launch({ cwd: '/code/a' });
  expect(await org.queue.cancel(org.id, queued.id)).toMatchObject({ status: 'CANCELLED' });
  await expect(org.queue.cancel(org.id, queued.id)).rejects.toMatchObject({ code: 'RUN_FINISHED' });
  await launch({ cwd: '/code/b' });
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  const leases = [{ runId: run.id, token: run.token }];
  await org.queue.cancel(org.id, run.id);
  await org.queue.cancel(org.id, run.id);
  const { commands } = await claim(runnerId, { leases, slots: 0 });
  expect(commands).toMatchObject([{ runId: run.id, kind: 'cancel' }]);
  const acknowledged = commands.map((command) => command.id);
  expect((await claim(runnerId, { leases, slots: 0, acknowledged })).commands).toEqual([]);
});

test('a run that was cancelled before its runner had started it never starts', async () => {
  const { id } = await launch();
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  const child = await org.queue.followUp(org.id, id, { prompt: 'next' });
  await org.queue.cancel(org.id, id);
  // The command came before the run did, and was acknowledged.
  const { commands } = await claim(runnerId, { slots: 0 });
  await claim(runnerId, { slots: 0, acknowledged: commands.map((command) => command.id) });
  const starting = () => org.queue.start(org.id, id, { token: run.token });
  await expect(starting()).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  await expect(starting()).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  expect(await org.queue.get(org.id, id)).toMatchObject({ status: 'CANCELLED', startedAt: null });
  expect((await org.queue.get(org.id, child.id)).failure?.code).toBe('no_session_to_resume');
});

test('cancelling again changes nothing about when it was asked for', async () => {
  await launch();
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  await org.queue.start(org.id, run.id, { token: run.token });
  const { cancelRequestedAt } = await org.queue.cancel(org.id, run.id);
  expect(cancelRequestedAt).not.toBeNull();
  expect(await org.queue.cancel(org.id, run.id)).toMatchObject({ status: 'RUNNING', cancelRequestedAt });
});
