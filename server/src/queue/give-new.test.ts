import { setTimeout as delay } from 'node:timers/promises';
import { CreateRun } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { newRunId } from '../db/ids.js';
import { deaf } from '../testing/deaf.js';
import { finishOf, patient, useOrg } from '../testing/org-with-queue.js';
import { createQueue } from './create-queue.js';
import type { Queue } from './queue.js';

// A run that is posted while a runner waits and no other run does is stored as claimed by it, in one statement.

const org = useOrg();
const { runner, claim, counted } = org;

const request = (more: Partial<CreateRun> = {}) =>
  CreateRun.parse({ prompt: 'do it', cwd: '/code/app', sharedCwd: true, ...more });

/** @returns the claims of the runners, once all of them have looked and wait */
async function waiting(queue: Queue, runners: string[], signal = patient) {
  const ask = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 20 };
  const claims = runners.map((id) => queue.claim(org.id, id, ask, signal));
  await expect.poll(async () => (await queue.overview(org.id)).runnersPolling).toBe(runners.length);
  await delay(200);
  return claims;
}

test('it is there, claimed and started like any other, and its POST says that it was queued', async () => {
  const { queue, asked } = counted();
  const runnerId = await runner();
  const [claiming] = await waiting(queue, [runnerId]);
  asked.splice(0);
  const posted = await queue.enqueue(org.id, request({ retry: { maxAttempts: 2 }, labels: ['night'] }));
  const [run] = (await claiming)?.runs ?? [];
  if (!run) throw new Error('nothing was claimed');
  expect(asked).toEqual(['give-new-run']);
  expect(posted).toMatchObject({ status: 'QUEUED', runnerId: null, attempt: 0, claimedAt: null });
  expect(run).toMatchObject({
    id: posted.id,
    attempt: 1,
    lastSeq: 0,
    mayRunAgain: true,
    resumeSessionId: null,
  });
  expect(await queue.get(org.id, run.id)).toMatchObject({
    ...{ ...posted, status: 'CLAIMED', runnerId, attempt: 1 },
    claimedAt: posted.createdAt,
  });
  await queue.start(org.id, run.id, { token: run.token });
  await queue.finish(org.id, run.id, finishOf(run));
  expect(await queue.get(org.id, run.id)).toMatchObject({ status: 'SUCCEEDED', labels: ['night'] });
});

test('what a runner is told of it is what any other claim tells', async () => {
  const { queue } = counted();
  const runnerId = await runner();
  const [claiming] = await waiting(queue, [runnerId]);
  const limits = { timeoutSec: 60, stallSec: 30, approvalSec: 20, maxTurns: 5, maxBudgetUsd: 1.5 };
  const whole = request({ ...limits, model: 'some', priority: 3 });
  await queue.enqueue(org.id, whole);
  const [given] = (await claiming)?.runs ?? [];
  await queue.enqueue(org.id, whole);
  const leases = [{ runId: given?.id ?? '', token: given?.token ?? '' }];
  const [taken] = (await claim(runnerId, { leases }, queue)).runs;
  const own = { id: '', token: '', threadId: '', leaseExpiresAt: '' };
  expect(taken).toMatchObject({ ...limits, model: 'some' });
  expect({ ...given, ...own }).toEqual({ ...taken, ...own });
});

test('two that are posted go to two that wait, and the queue is read for neither', async () => {
  const { queue, asked } = counted();
  const claims = await waiting(queue, [await runner(), await runner()]);
  asked.splice(0);
  const posted = [await queue.enqueue(org.id, request()), await queue.enqueue(org.id, request())];
  const runs = (await Promise.all(claims)).flatMap((answer) => answer.runs);
  expect(runs.map(({ id }) => id).sort()).toEqual(posted.map(({ id }) => id).sort());
  expect(asked).toEqual(['give-new-run', 'give-new-run']);
});

test('posted twice with one id there is one run, and nobody gets it a second time', async () => {
  const { queue } = counted();
  const id = newRunId(Date.now());
  const [first, second] = await waiting(queue, [await runner(), await runner()]);
  await Promise.all([queue.enqueue(org.id, request(), id), queue.enqueue(org.id, request(), id)]);
  expect(await queue.enqueue(org.id, request(), id)).toMatchObject({ id });
  const other = await queue.enqueue(org.id, request());
  const runs = [...((await first)?.runs ?? []), ...((await second)?.runs ?? [])];
  expect(runs.map((run) => run.id).sort()).toEqual([id, other.id].sort());
});

test('when the answer to the runner is lost, it is given again', async () => {
  const { queue } = counted();
  const runnerId = await runner();
  const gone = new AbortController();
  const [lost] = await waiting(queue, [runnerId], gone.signal);
  const posting = queue.enqueue(org.id, request());
  gone.abort();
  const { id } = await posting;
  await lost;
  const [run] = (await claim(runnerId, {}, queue)).runs;
  expect(run).toMatchObject({ id, attempt: 1 });
});

test('one that another server queued a moment ago, and that nobody here heard of, goes first', async () => {
  const { queue, asked } = counted();
  const runnerId = await runner(['/code'], 1);
  const [claiming] = await waiting(queue, [runnerId]);
  const silent = createQueue({ ...org.database, wakeups: deaf });
  const urgent = await silent.enqueue(org.id, request({ priority: 5 }));
  asked.splice(0);
  const later = await queue.enqueue(org.id, request());
  expect(asked[0]).toBe('give-new-run');
  expect((await claiming)?.runs).toMatchObject([{ id: urgent.id }]);
  expect(await queue.get(org.id, later.id)).toMatchObject({ status: 'QUEUED' });
});

test('a runner that is no longer what it was taken for gets none: the run waits in the queue', async () => {
  const { queue } = counted();
  const [changed, right] = [await runner(), await runner()];
  const [first] = await waiting(queue, [changed]);
  // A word of it is on its way, and does not come before the run does.
  await org.database.prisma.runner.update({ where: { id: changed }, data: { pausedAt: new Date() } });
  const { id } = await queue.enqueue(org.id, request());
  expect(await queue.get(org.id, id)).toMatchObject({ status: 'QUEUED', runnerId: null, attempt: 0 });
  expect((await claim(right, {}, queue)).runs).toMatchObject([{ id }]);
  await queue.resume(org.id, changed);
  const next = await queue.enqueue(org.id, request());
  expect((await first)?.runs).toMatchObject([{ id: next.id }]);
});

test('the limit of an org holds', async () => {
  await org.database.prisma.org.update({ where: { id: org.id }, data: { maxConcurrentRuns: 1 } });
  const { queue } = counted();
  const claims = await waiting(queue, [await runner(), await runner()]);
  const [one, other] = [await queue.enqueue(org.id, request()), await queue.enqueue(org.id, request())];
  const [taken] = (await Promise.race(claims))?.runs ?? [];
  expect(taken?.id).toBe(one.id);
  expect(await queue.get(org.id, other.id)).toMatchObject({ status: 'QUEUED' });
  if (taken) await queue.finish(org.id, taken.id, finishOf(taken));
  const runs = (await Promise.all(claims)).flatMap((answer) => answer?.runs ?? []);
  expect(runs.map(({ id }) => id).sort()).toEqual([one.id, other.id].sort());
});
