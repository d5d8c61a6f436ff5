import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { openDatabase } from '../db/open.js';
import { changeRun, plainUsage, putRun } from '../testing/plain-usage.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { keepUsage } from './keep-usage.js';
import { sumUsage } from './sum-usage.js';

let postgres: TestPostgres;
let databases: Database[];
beforeAll(async () => {
  postgres = await startTestPostgres();
  databases = [];
  for (let server = 0; server < 2; server += 1)
    databases.push(await openDatabase({ url: postgres.url, dataDir: null, poolSize: 4 }));
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await postgres.stop();
});

const hourMs = 3_600_000;

test('while two servers end runs and both sum, one of them told to stop in between, nothing is lost or counted twice', async () => {
  const [one, other] = databases as [Database, Database];
  const orgId = newId('org_');
  await one.prisma.org.create({ data: { id: orgId, name: 'Test' } });
  const now = Date.now();
  const range = {
    ...{ from: new Date(now - 300 * 24 * hourMs), to: new Date(now), timeZone: 'Asia/Kolkata' },
    ...{ byDay: true, by: 'runner' as const, groups: 3 },
  };
  const right = async () => {
    const rows = await sumUsage(other, orgId, range);
    const told = rows.map(({ day, other: rest, key, runs, inputTokens, costUsd }) =>
      [day, rest ? 'other' : (key ?? ''), runs, inputTokens, costUsd.toFixed(9)].join('|'),
    );
    expect(told.sort()).toEqual(await plainUsage(one, orgId, range));
  };
  let made = 0;
  const work = async (database: Database, first: number) => {
    for (let nth = 0; nth < 150; nth += 1) {
      const at = now - ((first + nth * 37) % 7_000) * hourMs;
      const id = await putRun(database, orgId, { at, cwd: `/code/${nth % 9}`, labels: ['a'] });
      const runner = `run_${nth % 5}`;
      await changeRun(database, id, { runner, labels: ['a', 'b'], cost: 0.1, models: { 'model-s': nth } });
      made += 1;
    }
  };
  let working = true;
  const sum = async (database: Database) => {
    while (working) {
      const stop = new AbortController();
      const summing = keepUsage(database, stop.signal);
      if (made % 2 === 0) stop.abort();
      await summing;
    }
  };
  const summing = [sum(one), sum(other)];
  await Promise.all([work(one, 1), work(other, 4_000), work(one, 6_000)]);
  working = false;
  await Promise.all(summing);
  await right();
  await keepUsage(one, new AbortController().signal);
  await right();
  expect(made).toBe(450);
  const old = new Date(now - 30 * hourMs);
  expect(await one.prisma.usageChange.count({ where: { createdAt: { lt: old } } })).toBe(0);
}, 60_000);
