import { type RunRow, RunsQuery } from '@agentfleet/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Approvals } from '../approvals/approvals.js';
import { selectApprovals } from '../approvals/sql/select-approvals.js';
import type { Database, Statement } from '../db/database.js';
import { newId, runIdsFrom } from '../db/ids.js';
import { openDatabase } from '../db/open.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { createQueue } from './create-queue.js';
import { selectRuns } from './sql/select-runs.js';

let postgres: TestPostgres;
let database: Database;
const orgId = newId('org_');
const emptyOrgId = newId('org_');
const largeOrgId = newId('org_');
/** Its runs are more than all others', and older. */
const idleOrgId = newId('org_');
const many = 1_500;
const idOf = (n: number) => `${runIdsFrom(1_780_000_000_000 + n * 60_000)}0000000000000`;

/** Kinds of runs, of which the newest few are none: whoever walks from the newest one meets them last. */
const made = (n: number) => ({
  id: idOf(n),
  status:
    n % 101 === 0
      ? 'RUNNING'
      : n % 103 === 0
        ? 'QUEUED'
        : n % 7 === 0
          ? 'FAILED'
          : n % 11 === 0
            ? 'CANCELLED'
            : 'SUCCEEDED',
  labels: n < 40 ? ['rare', 'each'] : n % 3 === 0 ? ['third', 'each'] : ['each'],
  cwd: n < 30 ? '/rare/below' : n % 13 === 0 ? '/code/a' : `/code/b/${n % 5}`,
  runnerId: n % 103 === 0 ? null : n < 50 ? 'run_rare0000' : `run_often00${n % 2}`,
  input: n < 20 ? 'find the Xylophone' : `part ${n}`,
});
const all = Array.from({ length: many }, (_, index) => made(index + 1));

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await openDatabase({ url: postgres.url, dataDir: null, poolSize: 2 });
  for (const id of [orgId, emptyOrgId, largeOrgId, idleOrgId])
    await database.prisma.org.create({ data: { id, name: 'Test' } });
  await database.prisma.run.createMany({
    data: all.map(({ status, ...run }, index) => ({
      ...run,
      status: status as 'QUEUED',
      orgId,
      cwdKey: run.cwd,
      permissionMode: 'default',
      threadId: run.id,
      lane: 'lane',
      sharedCwd: true,
      attemptToken: `att_${index}`,
      approvalsWaiting: status === 'RUNNING' && index % 2 === 0 ? 1 : 0,
      createdAt: new Date(1_780_000_000_000 + (index + 1) * 60_000),
    })),
  });
  await database.prisma.approval.createMany({
    data: all.map(({ id, status }, index) => ({
      id: id.replace('clr', 'apr_'),
      orgId,
      runId: id,
      token: `att_${index}`,
      requestId: 'request',
      state:
        status === 'RUNNING'
          ? ('waiting' as const)
          : index < 20
            ? ('expired' as const)
            : ('allowed' as const),
      tool: 'Bash',
      message: 'npm test',
      input: {},
      expiresAt: new Date('2100-01-01'),
    })),
  });
  await database.query(
    {
      name: 'fill-runs',
      text: `
INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, labels, thread_id, lane)
SELECT 'clr0filler' || n, CASE WHEN n < 20000 THEN $2 ELSE $1 END, 'SUCCEEDED', repeat('x', 300), '/x', '/x', 'default', '{}', 'clr0filler' || n, 'lane' FROM generate_series(12000, 28000) n`,
    },
    [largeOrgId, idleOrgId],
  );
  await database.query(
    {
      name: 'fill-approvals',
      text: `
INSERT INTO approvals (id, org_id, run_id, token, request_id, state, tool, message, input, expires_at)
SELECT 'apr_0filler' || n, CASE WHEN n < 20000 THEN $2 ELSE $1 END, 'clr0filler' || n, 'att_filler' || n, 'request', 'allowed', 'Bash', 'x', '{}', now() FROM generate_series(16000, 24000) n`,
    },
    [largeOrgId, idleOrgId],
  );
  const tables: Statement = { name: 'analyze', text: 'ANALYZE runs, approvals, run_labels' };
  await database.query(tables, []);
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

/** What of a made run a query asks for. */
function fits(query: Partial<RunsQuery>, run: (typeof all)[number]): boolean {
  const { status, label, cwd, runnerId, q } = query;
  return (
    (!status || status.some((one) => one === run.status)) &&
    (!label || run.labels.includes(label)) &&
    (!cwd || run.cwd === cwd || run.cwd.startsWith(cwd.endsWith('/') ? cwd : `${cwd}/`)) &&
    (!runnerId || run.runnerId === runnerId) &&
    (!q || run.input.toLowerCase().includes(q.toLowerCase()))
  );
}

async function pagesOf(asked: Record<string, string>): Promise<RunRow[]> {
  const queue = createQueue(database);
  const rows: RunRow[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = RunsQuery.parse({ ...asked, ...(cursor && { cursor }) });
    const page = await queue.list(orgId, query);
    expect(page.data.length).toBeLessThanOrEqual(query.limit);
    rows.push(...page.data);
    cursor = page.nextCursor;
  }
  return rows;
}

test('however a list is narrowed, its pages have every run that fits once, in order', async () => {
  const one = <Value>(...values: Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
  const asked = fc.record({
    status: one(
      'FAILED',
      'SUCCEEDED',
      'QUEUED',
      'RUNNING',
      'FAILED,CANCELLED',
      'QUEUED,CLAIMED,RUNNING',
      'SUCCEEDED,QUEUED',
      'FAILED,RUNNING',
    ),
    label: one('rare', 'third', 'each', 'none'),
    cwd: one('/code', '/code/a', '/code/b', '/rare', '/rare/below', '/none', '/'),
    runnerId: one('run_rare0000', 'run_often001', 'run_none0000'),
    q: one('XYLO', 'part 1', 'nothing like it'),
    order: one('asc', 'desc'),
  });
  await fc.assert(
    fc.asyncProperty(asked, async (given) => {
      const query = Object.fromEntries(
        Object.entries(given).filter(([, value]) => value !== undefined),
      ) as Record<string, string>;
      const parsed = RunsQuery.parse(query);
      const expected = all.filter((run) => fits(parsed, run)).map(({ id }) => id);
      if (given.order !== 'asc') expected.reverse();
      expect((await pagesOf({ ...query, limit: '200' })).map(({ id }) => id)).toEqual(expected);
    }),
    {
      numRuns: 12,
      examples: [
        [
          {
            status: undefined,
            label: 'rare',
            cwd: '/rare',
            runnerId: 'run_rare0000',
            q: 'XYLO',
            order: undefined,
          },
        ],
      ],
    },
  );
});

interface Plan {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** Rows that the statement reads of tables and indexes, whether it takes them or not. */
async function readBy({ statement, values }: { statement: Statement; values: unknown[] }): Promise<number> {
  const explained = {
    name: `explain-${statement.name}`,
    text: `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`,
  };
  const [row] = await database.ask<{ 'QUERY PLAN': { Plan: Plan }[] }>(explained, values);
  const readIn = (plan: Plan): number => {
    // What a bitmap says is read with its rows.
    const isScan =
      /Scan$/.test(plan['Node Type']) && !/^(CTE|Subquery|Function|Bitmap Index)/.test(plan['Node Type']);
    const read = (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'];
    return (isScan ? read : 0) + (plan.Plans ?? []).reduce((sum, one) => sum + readIn(one), 0);
  };
  const plan = row?.['QUERY PLAN'][0]?.Plan;
  if (!plan) throw new Error('nothing was explained');
  return readIn(plan);
}

test.each<[Record<string, string>, string[] | undefined, number]>([
  [{}, undefined, 300],
  [{ status: 'RUNNING' }, undefined, 300],
  [{ status: 'CANCELLED', order: 'asc' }, undefined, 300],
  [{ label: 'rare' }, undefined, 300],
  [{ label: 'none' }, undefined, 300],
  [{ cwd: '/rare' }, ['/rare', '/rare/below'], 400],
  [{ runnerId: 'run_rare0000' }, undefined, 500],
  [{ waiting: 'true' }, undefined, 300],
  [{ threadId: idOf(7) }, undefined, 300],
  [{ q: 'xylophone' }, undefined, 2_300],
  [{ q: 'nothing like it' }, undefined, 2_300],
])(
  'a page of %j reads no more runs than a bound, where the few that fit are the oldest',
  async (asked, folders, most) => {
    // Texts of a thousand are looked at: an org that has few more is read whole.
    const orgs = [emptyOrgId, largeOrgId, idleOrgId, ...(asked.q ? [] : [orgId])];
    for (const org of orgs) {
      expect(await readBy(selectRuns(org, RunsQuery.parse(asked), folders))).toBeLessThanOrEqual(most);
    }
  },
);

test.each(['expired', 'waiting', 'denied', 'allowed'] as const)(
  'a page of approvals that are %s reads about as many as it has',
  async (state) => {
    const page = await new Approvals(database).list(orgId, { state, limit: 50 });
    const expected = { expired: 20, waiting: 14, denied: 0, allowed: 50 }[state];
    expect(page.data).toHaveLength(expected);
    for (const org of [orgId, idleOrgId]) {
      expect(await readBy(selectApprovals(org, { state, limit: 50 }))).toBeLessThanOrEqual(500);
      expect(await readBy(selectApprovals(org, { limit: 50 }))).toBeLessThanOrEqual(500);
    }
  },
);
