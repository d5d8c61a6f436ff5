import { CreateRun } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Bell } from '../../db/bell.js';
import type { Database } from '../../db/database.js';
import { deaf } from '../../testing/deaf.js';
import { meanwhile } from '../../testing/meanwhile.js';
import { useOrg } from '../../testing/org-with-queue.js';
import { createQueue } from '../create-queue.js';
import { defaultPolicy } from '../policy.js';
import { Dispatcher } from './dispatcher.js';
import { KnownRunners } from './known-runners.js';

const org = useOrg();
const { launch, runner, claim } = org;

/** Nobody polls while a test runs: only what is told counts. */
const patient = { ...defaultPolicy, pollMs: 24 * 3_600_000 };
const remove = (id: string) => org.queue.removeRunner(org.id, id);

test.each(['queue-heads', 'claim-runs'])(
  'a runner that is deleted while it claims (right before %s) costs nobody else the claim',
  async (name) => {
    const [gone, stays] = [await runner(), await runner()];
    for (const cwd of ['/code/a', '/code/b', '/code/c']) await launch({ cwd });
    const queue = createQueue(
      meanwhile(org.database, { before: name }, () => remove(gone)),
      patient,
    );
    const [theirs, ours] = await Promise.allSettled([
      claim(gone, { slots: 4 }, queue),
      claim(stays, { slots: 4 }, queue),
    ]);
    expect(theirs).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    expect(ours).toMatchObject({ status: 'fulfilled', value: { runs: [{}, {}, {}] } });
  },
);

test('a runner that is deleted when its claim met that of another server costs nobody else the claim', async () => {
  const [gone, stays] = [await runner(), await runner()];
  for (const cwd of ['/code/a', '/code/b', '/code/c']) await launch({ cwd });
  // As PostgreSQL says it of two servers that take runs of one directory at once.
  const met = () => Promise.reject(Object.assign(new Error('duplicate key value'), { code: '23505' }));
  const withMeeting = meanwhile(org.database, { before: 'queue-heads' }, async () => {
    await remove(gone);
    withMeeting.query = meanwhile(org.database, { before: 'claim-runs' }, met).query;
  });
  const queue = createQueue({ ...withMeeting, query: (...asked) => withMeeting.query(...asked) }, patient);
  const [theirs, ours] = await Promise.allSettled([
    claim(gone, { slots: 4 }, queue),
    claim(stays, { slots: 4 }, queue),
  ]);
  expect(theirs).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
  expect(ours).toMatchObject({ status: 'fulfilled', value: { runs: [{}, {}, {}] } });
});

test('a runner that waits and is deleted as runs come costs nobody else the claim', async () => {
  const [gone, stays] = [await runner(), await runner()];
  const queue = createQueue(
    meanwhile(org.database, { before: 'queue-heads' }, () => remove(gone)),
    patient,
  );
  const theirs = claim(gone, { waitSec: 20 }, queue);
  theirs.catch(() => undefined);
  const ours = claim(stays, { waitSec: 20 }, queue);
  await expect.poll(async () => (await org.queue.overview(org.id)).runnersPolling).toBe(2);
  const { id } = await launch();
  expect((await ours).runs.map((run) => run.id)).toEqual([id]);
  await expect(theirs).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

/** A dispatcher of the org, and how a claim enters it. */
function dispatcherOn(database: Database) {
  const options = { database, leaseMs: 45_000, onClaim: () => undefined, known: new KnownRunners() };
  const dispatcher = new Dispatcher(options, org.id, () => undefined);
  const enter = (runnerId: string) => {
    const bell = new Bell();
    const until = performance.now() + 20_000;
    const held = new Set<string>();
    return dispatcher.enter({ runnerId, slots: 1, draining: false, until, held, toldAt: undefined }, bell);
  };
  return { dispatcher, enter };
}

test('a run that comes in the very tick in which the last round ends is claimed by one that waits', async () => {
  let posted = '';
  const enqueue = async () => {
    // Another server stores it: what this one read a moment before does not show it.
    const silent = createQueue({ ...org.database, wakeups: deaf });
    posted = (await silent.enqueue(org.id, CreateRun.parse({ prompt: 'do it', cwd: '/code/app' }))).id;
  };
  const { dispatcher, enter } = dispatcherOn(meanwhile(org.database, { after: 'claim-runs' }, enqueue));
  const waiter = enter(await runner());
  const rung = waiter.bell.wait(10_000);
  await dispatcher.look(waiter).then(() => org.database.wakeups.wake(`queue:${org.id}`));
  expect(waiter.given).toEqual([]);
  await rung;
  expect(waiter.given.map((run) => run.id)).toEqual([posted]);
  dispatcher.leave(waiter);
});
