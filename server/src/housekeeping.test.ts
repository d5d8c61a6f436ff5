import { CreateRun } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from './db/database.js';
import { newId } from './db/ids.js';
import { createEventLog } from './eventlog/create-eventlog.js';
import { tidyUp } from './housekeeping.js';
import { createQueue } from './queue/create-queue.js';
import { openTestDatabase } from './testing/database.js';

const day = 24 * 3_600_000;
const patient = new AbortController().signal;
const orgId = newId('org_');
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase();
  await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
});
afterAll(() => database.close());

/** A run that ended so many days ago, with so many events. */
async function ended(daysAgo: number, events: number): Promise<string> {
  const { id } = await createQueue(database).enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd: '/code' }));
  const finishedAt = new Date(Date.now() - daysAgo * day);
  await database.prisma.event.createMany({
    data: Array.from({ length: events }, (_item, index) => ({
      runId: id,
      seq: index + 1,
      kind: 'assistant',
      message: `line ${index + 1}`,
      at: finishedAt,
      digest: 0,
    })),
  });
  await database.prisma.run.update({
    where: { id },
    data: { status: 'SUCCEEDED', finishedAt, lastSeq: events, result: 'done' },
  });
  return id;
}

test('events of runs older than the retention go, the run and younger logs stay', async () => {
  const old = await ended(31, 4_500);
  const young = await ended(29, 3);
  const running = await createQueue(database).enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd: '/code' }));
  expect(await tidyUp(database, 30 * day, patient)).toBe(4_500);
  const log = createEventLog(database);
  expect(await log.read(orgId, old, { after: 0, limit: 10 })).toEqual([]);
  expect(await log.read(orgId, young, { after: 0, limit: 10 })).toHaveLength(3);
  const queue = createQueue(database);
  expect(await queue.get(orgId, old)).toMatchObject({ result: 'done', lastSeq: 4_500 });
  expect((await queue.get(orgId, old)).eventsPrunedAt).not.toBeNull();
  expect((await queue.get(orgId, young)).eventsPrunedAt).toBeNull();
  expect((await queue.get(orgId, running.id)).eventsPrunedAt).toBeNull();
  expect(await tidyUp(database, 30 * day, patient)).toBe(0);
});

test('without a retention every event stays', async () => {
  const old = await ended(1_000, 2);
  expect(await tidyUp(database, undefined, patient)).toBe(0);
  expect(await createEventLog(database).read(orgId, old, { after: 0, limit: 10 })).toHaveLength(2);
});

test('a follower of a pruned log is told that the run has ended', async () => {
  const old = await ended(40, 2);
  await tidyUp(database, 30 * day, patient);
  const batches: unknown[] = [];
  for await (const batch of createEventLog(database).follow(orgId, old, 0, patient)) batches.push(batch);
  expect(batches).toEqual([]);
});
