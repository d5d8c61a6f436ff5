import type { UsageGroup } from '@agentfleet/contract';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { newId } from '../db/ids.js';
import { deleteRun } from '../queue/delete-run.js';
import { useOrg } from '../testing/org-with-queue.js';
import { changeRun, type PlainRun, plainUsage, putRun } from '../testing/plain-usage.js';
import { keepUsage } from './keep-usage.js';
import { rebuildUsage } from './rebuild-usage.js';
import { sumUsage, type UsageRange } from './sum-usage.js';

const org = useOrg();
const never = new AbortController().signal;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Histories that are tried. `USAGE_HISTORIES=500` tries more. */
const numRuns = Number(process.env.USAGE_HISTORIES ?? 25);

/** The rows of an answer, as `plainUsage` has them. */
async function told(orgId: string, range: UsageRange): Promise<string[]> {
  const rows = await sumUsage(org.database, orgId, range);
  // Their order is told by what they say: by day, the rest last, the most expensive first.
  const order = rows.map((row) => [row.day ?? '', row.other ? 1 : 0, -row.costUsd, -row.runs] as const);
  const sorted = [...order].sort((one, other) => {
    const at = one.findIndex((value, index) => value !== other[index]);
    return at < 0 ? 0 : (one[at] ?? 0) < (other[at] ?? 0) ? -1 : 1;
  });
  expect(order).toEqual(sorted);
  return rows
    .map(({ day, other, key, runs, inputTokens, costUsd }) =>
      [day ?? '', other ? 'other' : (key ?? ''), runs, inputTokens, costUsd.toFixed(9)].join('|'),
    )
    .sort();
}

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'America/St_Johns',
];

const now = Math.floor(Date.now() / 1_000) * 1_000;
/** Some within the last hours, some at the edges of slots. */
const age = fc.oneof(
  fc.integer({ min: 0, max: 4 * hourMs }),
  fc.integer({ min: 0, max: 399 * dayMs }),
  fc.integer({ min: 0, max: 399 * 96 }).map((slots) => (now % 900_000) + slots * 900_000),
);
const spent = fc.record({
  labels: fc.array(fc.constantFrom('a', 'b', 'c', 'long label'), { maxLength: 3 }),
  runner: fc.constantFrom(null, 'run_1', 'run_2', 'run_3', 'run_4'),
  cost: fc.constantFrom(null, 0, 0.1, 0.2, 0.3, 1e-7, 12.34),
  models: fc.constantFrom(null, {}, { 'model-s': 100 }, { 'model-s': 7, 'model-l': 3_000 }),
});
const run: fc.Arbitrary<PlainRun> = fc.tuple(age, spent).chain(([ago, figures]) =>
  fc
    .record({
      cwd: fc.constantFrom('/code/a', '/Code/A', '/code/b', '/code/c'),
      model: fc.constantFrom(null, 'model-s', 'model-q'),
      key: fc.constantFrom(null, 'key_1', 'key_2'),
    })
    // Clocks of servers were wrong long ago.
    .map((more) => ({
      ...figures,
      ...more,
      at: now - ago,
      ahead: ago > 3 * dayMs ? (ago % 5) * 5 * hourMs - 10 * hourMs : 0,
    })),
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('put' as const), run }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('change' as const), which: fc.nat(), to: spent }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('delete' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('purge' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('keep' as const) }) },
);
const range = fc
  .record({
    from: fc.oneof(
      age,
      fc.nat(380).map((days) => (now % dayMs) + days * dayMs),
    ),
    days: fc.oneof(fc.nat(390), fc.double({ min: 0, max: 400, noNaN: true })),
    timeZone: fc.constantFrom(...zones),
    byDay: fc.boolean(),
    by: fc.constantFrom<UsageGroup | undefined>(undefined, 'runner', 'directory', 'model', 'label', 'key'),
    groups: fc.constantFrom(1, 2, 50),
  })
  .map(
    ({ from, days, ...rest }): UsageRange => ({
      ...rest,
      from: new Date(now - from),
      to: new Date(now - from + Math.max(1, Math.floor(days * dayMs))),
    }),
  );

test('however runs are made, ended, corrected, labelled and deleted, usage is what a plain sum over them says', async () => {
  const { database } = org;
  const put = fc.record({ what: fc.constant('put' as const), run });
  const history = fc.tuple(
    fc.array(put, { minLength: 5, maxLength: 25 }),
    fc.array(step, { maxLength: 25 }),
    fc.array(range, { minLength: 6, maxLength: 6 }),
  );
  await fc.assert(
    fc.asyncProperty(history, async ([first, steps, ranges]) => {
      const orgId = newId('org_');
      await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
      // As before the first sum, so that what there is already is summed too.
      await database.prisma.usageState.updateMany({ data: { summedUntil: new Date(0) } });
      await database.query({ name: 'forget-sums', text: 'TRUNCATE usage_sums, usage_groups' }, []);
      const ids: string[] = [];
      for (const one of [...first, ...steps]) {
        const id = 'which' in one ? ids[one.which % ids.length] : undefined;
        if (one.what === 'put') ids.push(await putRun(database, orgId, one.run));
        if (one.what === 'keep') await keepUsage(database, never);
        if (one.what === 'change' && id) await changeRun(database, id, one.to);
        if (one.what === 'delete' && id) await deleteRun(database, orgId, id, false).catch(() => undefined);
        if (one.what === 'purge' && id) await database.prisma.run.deleteMany({ where: { id } });
      }
      for (const one of ranges) {
        expect(await told(orgId, one)).toEqual(await plainUsage(database, orgId, one));
      }
      await keepUsage(database, never);
      for (const one of ranges) {
        expect(await told(orgId, one)).toEqual(await plainUsage(database, orgId, one));
      }
      await database.prisma.run.deleteMany({ where: { orgId } });
    }),
    { numRuns },
  );
}, 120_000);

test('what is asked of a year reads the sums alone; a rebuild finds what is wrong in them, says it and sets it right', async () => {
  const { database } = org;
  for (let nth = 0; nth < 40; nth += 1) {
    await putRun(database, org.id, {
      at: now - (nth + 1) * 9 * dayMs,
      cwd: '/code/a',
      labels: ['a'],
      cost: 1,
    });
  }
  await keepUsage(database, never);
  const year = { from: new Date(now - 365 * dayMs), to: new Date(now), timeZone: 'UTC', byDay: false };
  const byLabel = () => sumUsage(database, org.id, { ...year, by: 'label', groups: 5 });
  expect(await byLabel()).toMatchObject([{ key: 'a', runs: 40, costUsd: 40 }]);
  // Behind the triggers: the sums are what is told.
  await database.query({ name: 'no-triggers', text: 'ALTER TABLE runs DISABLE TRIGGER USER' }, []);
  await database.query({ name: 'behind', text: 'UPDATE runs SET cost_usd = 2 WHERE org_id = $1' }, [org.id]);
  await database.query({ name: 'triggers', text: 'ALTER TABLE runs ENABLE TRIGGER USER' }, []);
  expect(await byLabel()).toMatchObject([{ costUsd: 40 }]);
  const said: string[] = [];
  const rebuild = (dryRun: boolean) =>
    rebuildUsage(database, { orgId: org.id, dryRun, say: (line) => said.push(line) });
  expect(await rebuild(true)).toBeGreaterThan(0);
  expect(await byLabel()).toMatchObject([{ costUsd: 40 }]);
  const wrong = await rebuild(false);
  expect(said.at(-1)).toBe(`${wrong} sums of usage were set right.`);
  const missing = said.filter((line) => line.includes('USD missing'));
  expect(missing.length).toBeGreaterThan(20);
  expect(await byLabel()).toMatchObject([{ costUsd: 80 }]);
  expect(await rebuild(false)).toBe(0);
});
