import { CreateRun } from '@agentfleet/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.js';
import { newId, newRunId } from '../../db/ids.js';
import { openDatabase } from '../../db/open.js';
import { tidyUp } from '../../housekeeping.js';
import { createQueue } from '../../queue/create-queue.js';
import { openTestDatabase } from '../../testing/database.js';
import { patient } from '../../testing/org-with-queue.js';
import { startTestPostgres } from '../../testing/postgres.js';
import { createEventLog } from '../create-eventlog.js';
import { keepPartitions, partitionsAhead } from './keep-partitions.js';
import { dayMs, readPartitions, widthFor } from './partition.js';

const orgId = newId('org_');
const retentionMs = 30 * dayMs;

/** The same database at another time. */
const at = (database: Database, ms: number): Database => ({ ...database, now: () => ms });

async function openPostgres(): Promise<Database> {
  const postgres = await startTestPostgres();
  const database = await openDatabase({ url: postgres.url, dataDir: null, poolSize: 3 });
  return {
    ...database,
    async close() {
      await database.close();
      await postgres.stop();
    },
  };
}

describe.each([
  ['a PostgreSQL', openPostgres],
  ['the embedded database', openTestDatabase],
])('on %s', (_name, open) => {
  let database: Database;
  let now: number;
  beforeAll(async () => {
    database = await open();
    now = database.now();
    await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
  });
  afterAll(() => database.close());

  const sql = <Row>(text: string, values: unknown[] = []) =>
    database.query<Row>({ name: `test-${text}`.slice(0, 60), text }, values);
  const bounds = async () => (await readPartitions(database, 'events'))?.byTime ?? [];
  const rowsIn = async (table: string) =>
    Number((await sql<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n);

  /** A run that was made and ended so many days ago, with three events, of which one has an image. */
  async function made(daysAgo: number, status: 'SUCCEEDED' | 'RUNNING' = 'SUCCEEDED'): Promise<string> {
    const { id: like } = await createQueue(database).enqueue(
      orgId,
      CreateRun.parse({ prompt: 'x', cwd: '/code' }),
    );
    const id = newRunId(now - daysAgo * dayMs);
    const when = new Date(now - daysAgo * dayMs);
    const ended = status === 'SUCCEEDED' ? { finishedAt: when } : {};
    await database.prisma.run.update({
      where: { id: like },
      data: { id, threadId: id, createdAt: when, status, lastSeq: 3, ...ended },
    });
    await database.prisma.event.createMany({
      data: [1, 2, 3].map((seq) => ({
        runId: id,
        seq,
        kind: 'system',
        message: `line ${seq}`,
        at: when,
        digest: 0,
      })),
    });
    await database.prisma.eventImage.create({
      data: { runId: id, seq: 2, index: 0, type: 'image/png', bytes: new Uint8Array(10) },
    });
    return id;
  }
  const read = (id: string) => createEventLog(database).read(orgId, id, { after: 0, limit: 10 });
  const image = (id: string) => createEventLog(database).image(orgId, id, 2, 0);

  test('a new database has the rest alone, and takes every event without anybody having made partitions', async () => {
    expect(await bounds()).toEqual([]);
    expect(await partitionsAhead(database)).toBe(0);
    const id = await made(70);
    expect(await read(id)).toHaveLength(3);
    expect(await rowsIn('events_rest')).toBe(3);
  });

  test('what is there becomes a partition that ends days ahead, others are made behind it, and doing it again does nothing', async () => {
    const then = now - 70 * dayMs;
    const { until, why } = await keepPartitions(at(database, then), retentionMs, patient);
    expect(why).toBeUndefined();
    expect(until).toBeGreaterThanOrEqual(then + 14 * dayMs);
    const [first, ...others] = await bounds();
    expect(first).toMatchObject({ name: expect.stringMatching(/^events_until_\d{8}$/), from: '' });
    expect(others.length).toBeGreaterThan(2);
    expect(others.map(({ from }) => from)).toEqual([first, ...others].slice(0, -1).map((one) => one?.to));
    expect(await rowsIn('events_rest')).toBe(0);
    expect(await rowsIn(first?.name ?? '')).toBe(3);
    const before = await bounds();
    await keepPartitions(at(database, then), retentionMs, patient);
    expect(await bounds()).toEqual(before);
    const constraints = await sql(`SELECT conname FROM pg_constraint WHERE conname = 'ends'`);
    expect(constraints).toEqual([]);
  });

  test('a time in which nobody made partitions is in the rest, and becomes one of its own', async () => {
    const missed = await made(40);
    expect(await rowsIn('events_rest')).toBe(3);
    await keepPartitions(at(database, now - 40 * dayMs), retentionMs, patient);
    expect(await rowsIn('events_rest')).toBe(0);
    expect(await read(missed)).toHaveLength(3);
    for (let days = 35; days >= 0; days -= 5) {
      await keepPartitions(at(database, now - days * dayMs), retentionMs, patient);
    }
    expect(await partitionsAhead(database)).toBeGreaterThanOrEqual(14 * dayMs);
    // Each begins where the one before ends.
    const all = await bounds();
    expect(all.slice(1).map(({ from }) => from)).toEqual(all.slice(0, -1).map(({ to }) => to));
  });

  test('retention drops what is over as a whole; what is younger, goes on or ended later stays readable', async () => {
    const [old, young] = [await made(31), await made(20)];
    const alive = await made(50, 'RUNNING');
    const beside = await made(50);
    const before = (await bounds()).length;
    await tidyUp(database, retentionMs, patient);
    for (const id of [old, beside]) {
      expect(await read(id)).toEqual([]);
      await expect(image(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await createQueue(database).get(orgId, id)).eventsPrunedAt).not.toBeNull();
    }
    for (const id of [young, alive]) {
      expect(await read(id)).toHaveLength(3);
      expect(await image(id)).toMatchObject({ type: 'image/png' });
      expect((await createQueue(database).get(orgId, id)).eventsPrunedAt).toBeNull();
    }
    const left = await bounds();
    expect(left.length).toBeLessThan(before);
    // The one that lives keeps its partition; the rows of others in it are deleted in time.
    expect(left.some(({ from, to }) => from <= alive && alive < to)).toBe(true);
    await tidyUp(at(database, now + 10 * dayMs), retentionMs, patient);
    expect(await rowsIn(`events WHERE run_id IN ('${old}', '${beside}')`)).toBe(0);
    expect(await rowsIn(`event_images WHERE run_id IN ('${old}', '${beside}')`)).toBe(0);
    expect(await read(alive)).toHaveLength(3);
    expect((await bounds()).some(({ from, to }) => from <= old && old < to)).toBe(false);
    await database.prisma.run.update({
      where: { id: alive },
      data: { status: 'FAILED', finishedAt: new Date(now - 31 * dayMs) },
    });
    await tidyUp(database, retentionMs, patient);
    expect(await read(alive)).toEqual([]);
    expect((await bounds()).some(({ from, to }) => from <= alive && alive < to)).toBe(false);
  });

  test('events that come late for a partition that is gone are taken, shown to nobody, and deleted', async () => {
    const late = await made(60);
    await database.prisma.run.update({ where: { id: late }, data: { eventsPrunedAt: new Date() } });
    expect(await rowsIn('events_rest')).toBe(3);
    expect(await read(late)).toEqual([]);
    expect(await tidyUp(database, retentionMs, patient)).toMatchObject({ events: 3 });
    expect(await rowsIn('events_rest')).toBe(0);
    expect(await rowsIn('event_images_rest')).toBe(0);
  });

  test('a run with an id of another time stops nothing but the making of partitions, which is said', async () => {
    const id = newRunId(now + 1_000 * dayMs);
    await sql(
      `INSERT INTO events (run_id, seq, kind, message, at, digest) VALUES ('${id}', 1, 'system', 'x', now(), 0)`,
    );
    const { why } = await keepPartitions(at(database, now + 30 * dayMs), retentionMs, patient);
    expect(why).toContain(`events_rest has rows of the run ${id}`);
    await sql(`DELETE FROM events WHERE run_id = '${id}'`);
    expect((await keepPartitions(at(database, now + 30 * dayMs), retentionMs, patient)).why).toBeUndefined();
  });
});

test('the partitions of a long time are few where events are kept for ever, and each holds a day at least', () => {
  expect([undefined, 365 * dayMs, 90 * dayMs, 30 * dayMs, dayMs].map((ms) => widthFor(ms) / dayMs)).toEqual([
    28, 24, 6, 2, 1,
  ]);
});
