import { expect, test } from 'vitest';
import { useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { launch, runner, claim, claimOne, expireLeases } = org;

/** What a runner is told about one lease, by a heartbeat and by a claim. */
async function answersFor(runnerId: string, lease: { runId: string; token: string }) {
  const leases = [lease];
  const beat = await org.queue.heartbeat(org.id, runnerId, { leases, acknowledged: [], draining: false });
  const claimed = await claim(runnerId, { leases, slots: 0 });
  return [beat, claimed].map(({ stale, unknown }) => ({ stale, unknown }));
}

test('an attempt that another one followed is stale, and not unknown', async () => {
  const [own, other] = [await runner(), await runner()];
  const { id } = await launch();
  const { token } = await claimOne(own);
  await expireLeases();
  await org.queue.sweep();
  await claimOne(other);
  const told = { stale: [id], unknown: [] };
  expect(await answersFor(own, { runId: id, token })).toEqual([told, told]);
});

test('of a run that this database never had, and of one that it has from before it was claimed, the attempt is unknown', async () => {
  const runnerId = await runner();
  const gone = await launch();
  const { token } = await claimOne(runnerId);
  const waiting = await launch({ cwd: '/elsewhere' });
  await org.database.prisma.run.delete({ where: { id: gone.id } });
  for (const runId of [gone.id, waiting.id]) {
    const told = { stale: [runId], unknown: [runId] };
    expect(await answersFor(runnerId, { runId, token })).toEqual([told, told]);
  }
});

test('another org’s attempt is unknown too', async () => {
  const runnerId = await runner();
  const { id } = await launch();
  const { token } = await claimOne(runnerId);
  const stranger = `${org.id}x`;
  await org.database.prisma.org.create({ data: { id: stranger, name: 'Stranger' } });
  const machine = await org.database.prisma.runner.findUniqueOrThrow({ where: { id: runnerId } });
  await org.database.prisma.runner.create({ data: { ...machine, id: `${runnerId}x`, orgId: stranger } });
  const leases = [{ runId: id, token }];
  const beat = { leases, acknowledged: [], draining: false };
  expect(await org.queue.heartbeat(stranger, `${runnerId}x`, beat)).toMatchObject({
    stale: [id],
    unknown: [id],
  });
});

test('a heartbeat and a start tell the time by the database’s clock', async () => {
  const runnerId = await runner();
  const { id } = await launch();
  const { token } = await claimOne(runnerId);
  const now = async () => {
    const [row] = await org.database.prisma.$queryRaw<[{ now: Date }]>`SELECT now()`;
    return row.now.getTime();
  };
  const before = await now();
  const started = await org.queue.start(org.id, id, { token });
  const beat = await org.queue.heartbeat(org.id, runnerId, { leases: [], acknowledged: [], draining: false });
  const after = await now();
  const times = [started, beat].map(({ serverTime }) => Date.parse(serverTime ?? ''));
  expect([before, ...times, after]).toEqual([before, ...times, after].sort((a, b) => a - b));
});
