import { expect, test } from 'vitest';
import { useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { runner, launch, claim } = org;
const share = (id: string, sharedCwd = true) => org.queue.update(org.id, id, { sharedCwd });

/** A runner that holds what it took. @returns asks it for one more session, and says which it got */
async function holding() {
  const runnerId = await runner();
  const leases: { runId: string; token: string }[] = [];
  const claimed = async (waitSec = 0) => {
    const { runs } = await claim(runnerId, { leases: [...leases], slots: 1, waitSec });
    leases.push(...runs.map(({ id, token }) => ({ runId: id, token })));
    return runs.map(({ id, sharedCwd }) => ({ id, sharedCwd }));
  };
  return { runnerId, claimed };
}

test('a session begins beside one that had its directory for itself, once both are made to share it', async () => {
  const { runnerId, claimed } = await holding();
  const first = await launch({ runnerId });
  expect(await claimed()).toEqual([{ id: first.id, sharedCwd: false }]);
  const second = await launch({ runnerId });
  expect(await claimed()).toEqual([]);
  await share(first.id);
  expect(await claimed()).toEqual([]);
  expect(await share(second.id)).toMatchObject({ status: 'QUEUED', sharedCwd: true });
  expect(await claimed()).toEqual([{ id: second.id, sharedCwd: true }]);
});

test('a runner that waits already is told of the room that another session leaves', async () => {
  const { runnerId, claimed } = await holding();
  const first = await launch({ runnerId });
  await claimed();
  const second = await launch({ runnerId, sharedCwd: true });
  const waiting = claimed(20);
  await share(first.id);
  expect(await waiting).toEqual([{ id: second.id, sharedCwd: true }]);
});

test('what is changed back waits for its directory again, and a follow-up keeps its turn', async () => {
  const { runnerId, claimed } = await holding();
  const first = await launch({ runnerId, sharedCwd: true });
  await claimed();
  const second = await launch({ runnerId, sharedCwd: true });
  await share(second.id, false);
  expect(await claimed()).toEqual([]);
  const child = await org.queue.followUp(org.id, first.id, { prompt: 'go on' });
  expect(await share(child.id)).toMatchObject({ status: 'QUEUED', sharedCwd: true });
  expect(await claimed()).toEqual([]);
});
