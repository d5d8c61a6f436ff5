import { randomBytes } from 'node:crypto';
import type { ClaimedRun, Event } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { counting } from '../testing/counting.js';
import { event, patient, useOrg } from '../testing/org-with-queue.js';
import { createEventLog } from './create-eventlog.js';
import { newestEvents, readEvents, readTails } from './sql/read-events.js';

const org = useOrg();

/** A session on a runner of its own, and what it appends through another server than the one that is watched. */
async function session(): Promise<{ run: ClaimedRun; append: (events: Event[]) => Promise<unknown> }> {
  const cwd = `/code/${crypto.randomUUID()}`;
  await org.launch({ cwd });
  const run = await org.claimOne(await org.runner([cwd]));
  const elsewhere = createEventLog(org.database);
  return { run, append: (events) => elsewhere.append(org.id, run.id, { token: run.token, events }) };
}

/** Events of 60 KB each, which no compression makes small. */
const fatEvents = (from: number, count: number) =>
  Array.from({ length: count }, (_item, index): Event => {
    return { ...event(from + index), data: { output: randomBytes(45_000).toString('base64') } };
  });

/** The database, on which a page of the run beyond its first one takes until it is let go. */
function slowBeyondFirstPage(runId: string) {
  let letGo: () => void = () => undefined;
  let reached: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const behind = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const query: Database['query'] = async (statement, values) => {
    const [runs, , after] = values as [string[], string[], number[]];
    if (statement.name === 'read-tails' && runs.some((run, at) => run === runId && Number(after[at]) > 0)) {
      reached();
      await gate;
    }
    return org.database.query(statement, values);
  };
  return { database: { ...org.database, query }, behind, letGo };
}

test('a viewer far behind in a fat log keeps nobody waiting who watches another session live', async () => {
  const [fat, live] = [await session(), await session()];
  await fat.append(fatEvents(1, 40));
  const { database, behind, letGo } = slowBeyondFirstPage(fat.run.id);
  const log = createEventLog(database);
  const over = new AbortController();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const batch of log.follow(org.id, fat.run.id, 0, over.signal)) {
      seen.push(...batch.map(({ seq }) => seq));
      if (seen.length === 40) over.abort();
    }
  })();
  await behind;
  const watching = log.follow(org.id, live.run.id, 0, over.signal)[Symbol.asyncIterator]();
  for (const one of [event(1), event(2), event(3)]) {
    const next = watching.next();
    await live.append([one]);
    expect(await next).toEqual({ done: false, value: [one] });
  }
  expect(seen.length).toBeLessThan(40);
  letGo();
  await reading;
  expect(seen).toEqual(Array.from({ length: 40 }, (_item, index) => index + 1));
});

test('viewers at the same place of a log share one read, each of those behind too, and what each reads is bounded', async () => {
  const { run, append } = await session();
  await append(fatEvents(1, 12));
  const { database, asked } = counting(org.database);
  const log = createEventLog(database);
  const followers = Array.from({ length: 50 }, async () => {
    const sizes: number[] = [];
    for await (const batch of log.follow(org.id, run.id, 0, patient)) {
      sizes.push(JSON.stringify(batch).length);
      if (batch.at(-1)?.seq === 12) break;
    }
    return sizes;
  });
  for (const sizes of await Promise.all(followers)) {
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(350_000);
  }
  expect(asked.filter((name) => name === 'read-tails').length).toBeLessThan(12);
});

/** How many blocks of the database a statement reads. */
async function blocksOf(text: string, values: (string | number)[]): Promise<number> {
  const literal = (value: string | number) => (typeof value === 'number' ? `${value}` : `'${value}'`);
  const filled = text.replace(/\$(\d+)/g, (_whole, nth) => literal(values[Number(nth) - 1] ?? ''));
  const explain = {
    name: `explain-${crypto.randomUUID()}`,
    text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${filled}`,
  };
  const [row] = await org.database.query<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(explain, []);
  const plan = row?.['QUERY PLAN'][0]?.Plan ?? {};
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

test('a page of a fat log costs what the page holds, however much lies beyond it', async () => {
  const { run, append } = await session();
  for (let from = 1; from <= 200; from += 20) await append(fatEvents(from, 20));
  const size = 130_000;
  const ask = (most: number) => [`{${run.id}}`, `{${org.id}}`, '{0}', most, size];
  for (const cost of [
    (most: number) => blocksOf(readEvents.text, [run.id, 0, most, size]),
    (most: number) => blocksOf(newestEvents.text, [run.id, most, size, 1_000]),
    (most: number) => blocksOf(readTails.text, ask(most)),
  ]) {
    const ofTwo = await cost(2);
    expect(ofTwo).toBeGreaterThan(10);
    const ofAll = await cost(200);
    expect(ofAll).toBeLessThan(2 * ofTwo);
  }
});
