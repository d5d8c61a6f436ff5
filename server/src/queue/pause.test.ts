import type { Claim } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { keyNamed } from '../testing/key-named.js';
import { machine } from '../testing/machine.js';
import { useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { runner, claim } = org;
const stateOf = async (id: string) => (await org.queue.runner(org.id, id)).state;
/** What a claim is answered with about the pause. @param waitSec 0 answers at once */
const told = async (id: string, more: Partial<Claim> = {}) => (await claim(id, { slots: 1, ...more })).pause;

test('who paused a runner, why and until when is said to people and to the runner alike', async () => {
  const id = await runner();
  expect(await told(id)).toBeNull();
  const paused = await org.queue.pause(org.id, id, { note: 'backup', forSec: 3_600 }, keyNamed('Ann'));
  const { pausedAt, pausedUntil } = paused;
  expect(paused).toMatchObject({
    state: 'paused',
    pauseNote: 'backup',
    pausedBy: 'Ann',
    pausedAtMachine: false,
  });
  expect(Date.parse(pausedUntil ?? '') - Date.parse(pausedAt ?? '')).toBe(3_600_000);
  const pause = { at: pausedAt, by: 'Ann', atMachine: false, until: pausedUntil, note: 'backup' };
  expect(await told(id)).toEqual(pause);
  const beat = await org.queue.heartbeat(org.id, id, { leases: [], acknowledged: [], draining: false });
  expect(beat.pause).toEqual(pause);
});

test('the person at the machine pauses it and takes that back, also when somebody else paused it', async () => {
  const id = await runner();
  const { pause } = await org.queue.pauseOwn(org.id, id, { paused: true });
  expect(pause).toMatchObject({ by: null, atMachine: true, until: null });
  expect(await org.queue.runner(org.id, id)).toMatchObject({ state: 'paused', pausedAtMachine: true });
  await org.queue.pause(org.id, id, {}, keyNamed('Ann'));
  expect(await org.queue.runner(org.id, id)).toMatchObject({ pausedBy: 'Ann', pausedAtMachine: false });
  expect(await org.queue.pauseOwn(org.id, id, { paused: false })).toEqual({ pause: null });
  expect(await org.queue.runner(org.id, id)).toMatchObject({ state: 'online', pausedBy: null });
});

test('a pause outlives the runner, and one that registers is told of it', async () => {
  const id = await runner();
  const { machineId } = await org.database.prisma.runner.findUniqueOrThrow({ where: { id } });
  await org.queue.pause(org.id, id, {}, keyNamed('Ann'));
  const again = await org.queue.register(org.id, machine({ machineId }));
  expect(again).toMatchObject({ id, pause: { by: 'Ann' } });
});

test('a claim that waits is answered as soon as the pause is not what its runner was told', async () => {
  const id = await runner();
  const open = told(id, { waitSec: 30, pausedAt: null });
  await expect.poll(async () => (await org.queue.overview(org.id)).runnersPolling).toBe(1);
  const { pausedAt } = await org.queue.pause(org.id, id, {}, keyNamed('Ann'));
  expect(await open).toMatchObject({ at: pausedAt });
  expect(await told(id, { waitSec: 30, pausedAt: null })).toMatchObject({ at: pausedAt });
  const resumed = told(id, { waitSec: 30, pausedAt });
  await org.queue.resume(org.id, id);
  expect(await resumed).toBeNull();
});

test('a pause ends by itself when its time is over, and only that one', async () => {
  const [id, other] = [await runner(), await runner()];
  await org.queue.pause(org.id, id, { forSec: 60 }, keyNamed('Ann'));
  await org.queue.pause(org.id, other, {}, keyNamed('Ann'));
  await org.queue.sweep();
  expect(await stateOf(id)).toBe('paused');
  const past = new Date(Date.now() - 1_000);
  await org.database.prisma.runner.update({
    where: { id },
    data: { pausedAt: new Date(0), pausedUntil: past },
  });
  await org.queue.sweep();
  expect(await stateOf(id)).toBe('online');
  expect(await stateOf(other)).toBe('paused');

  // A server of before resumed it, and paused it again, knowing nothing of times.
  const data = { pausedAt: new Date(), pausedUntil: past };
  await org.database.prisma.runner.update({ where: { id }, data });
  await org.queue.sweep();
  expect(await stateOf(id)).toBe('paused');
});
