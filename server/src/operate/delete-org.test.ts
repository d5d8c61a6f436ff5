import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../db/ids.js';
import { meanwhile } from '../testing/meanwhile.js';
import { operator } from '../testing/operator.js';
import { changeRun, putRun } from '../testing/plain-usage.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { keepUsage } from '../usage/keep-usage.js';
import { deleteOrg } from './delete-org.js';

let postgres: TestPostgres;
let server: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url });
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

const quiet = () => undefined;
const never = new AbortController().signal;

/** Every row that any table has of an org, by table. */
async function rowsOf(orgId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const runs = 'SELECT id FROM runs WHERE org_id = $1';
  const where: Record<string, string> = {
    ...{ orgs: 'id = $1', runs: 'org_id = $1', runners: 'org_id = $1', api_keys: 'org_id = $1' },
    ...{ approvals: 'org_id = $1', idempotency_keys: 'org_id = $1', run_labels: 'org_id = $1' },
    ...{ usage_groups: 'org_id = $1', usage_changes: 'org_id = $1' },
    usage_sums: 'group_id IN (SELECT id FROM usage_groups WHERE org_id = $1)',
    ...{
      events: `run_id IN (${runs})`,
      event_images: `run_id IN (${runs})`,
      attempts: `run_id IN (${runs})`,
    },
    ...{ deletions: `run_id IN (${runs})`, commands: `run_id IN (${runs})` },
    browser_sessions: 'api_key_id IN (SELECT id FROM api_keys WHERE org_id = $1)',
  };
  for (const [table, condition] of Object.entries(where)) {
    const text = `SELECT count(*) AS count FROM ${table} WHERE ${condition}`;
    const [row] = await server.database.query<{ count: number }>({ name: `count-${table}`, text }, [orgId]);
    counts[table] = row?.count ?? 0;
  }
  return counts;
}

/** Of all tables, whoever's rows they are. */
async function sizes(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const tables = { name: 'tables', text: `SELECT relname FROM pg_stat_user_tables ORDER BY relname` };
  for (const { relname } of await server.database.query<{ relname: string }>(tables, [])) {
    const all = { name: `size-of-${relname}`, text: `SELECT count(*) AS count FROM "${relname}"` };
    counts[relname] = (await server.database.query<{ count: number }>(all, []))[0]?.count ?? 0;
  }
  return counts;
}

/** An org with something in every table, a runner at work, and so many sessions besides. */
async function fullOrg(sessions = 3) {
  const orgId = await server.makeOrg();
  const key = await server.makeKey(['admin'], orgId);
  const call = (method: string, path: string, more: object = {}) =>
    server.call(method, `/api/v1${path}`, { key, ...more });
  await call('POST', '/session', { key: null, body: { apiKey: key } });
  await call('POST', '/runs', { body: { prompt: 'go', cwd: '/a' }, headers: { 'idempotency-key': 'once' } });
  const enrolment = await server.makeKey(['runner'], orgId);
  const runner = await RunnerClient.enrolled(server, enrolment, {
    directories: ['/code'],
    maxConcurrentRuns: 9,
  });
  const launched = await call('POST', '/runs', {
    body: { prompt: 'go', cwd: '/code/x', runnerId: runner.id },
  });
  expect(launched.status).toBe(201);
  const [run] = (await runner.claim({ waitSec: 10 })).runs;
  if (!run) throw new Error('nothing was claimed');
  const { token } = run;
  await runner.say(`/runs/${run.id}/start`, { token });
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const source = { type: 'base64', media_type: 'image/png', data: png };
  const data = { content: [{ type: 'image', source }] };
  const events = [{ seq: 1, kind: 'tool_result', message: 'an image', data, at: '2026-11-23T10:00:00.000Z' }];
  await runner.say(`/runs/${run.id}/events`, { token, events });
  await runner.say(`/runs/${run.id}/approvals`, {
    ...{ token, requestId: 'request-1', tool: 'Bash', message: 'Bash ls', input: { command: 'ls' } },
    ...{ toolUseId: null, sessionGrant: null, waitSec: 600 },
  });
  await call('DELETE', `/runs/${run.id}?cancel=true`);
  const { prisma } = server.database;
  const runnerId = runner.id;
  const before = { token: `att_${newId('cmd_')}`, runId: run.id, number: 9, runnerId, firstSeq: 1 };
  await prisma.attempt.create({ data: before });
  const ids = Array.from(
    { length: sessions },
    (_item, index) => `${orgId}_${String(index).padStart(6, '0')}`,
  );
  const one = {
    ...{ orgId, status: 'SUCCEEDED' as const, input: 'x', cwd: '/code', cwdKey: '/code', lane: '' },
    ...{ permissionMode: 'default', labels: ['each'] },
  };
  await prisma.run.createMany({ data: ids.map((id) => ({ ...one, id, threadId: id })) });
  await prisma.event.createMany({
    data: ids.map((runId) => ({ runId, seq: 1, kind: 'system', message: 'x', at: new Date(), digest: 0 })),
  });
  // As the migration may leave one of a run that was deleted meanwhile.
  const left = `INSERT INTO run_labels (org_id, label, run_id) VALUES ($1, 'each', 'clrgone')`;
  await server.database.query({ name: 'leave-label', text: left }, [orgId]);
  const at = Date.now() - 3 * 86_400_000;
  const old = await putRun(server.database, orgId, { at, cwd: '/code/old', labels: [] });
  await keepUsage(server.database, never);
  await changeRun(server.database, old, { labels: ['later'] });
  return { orgId, key, runner, run };
}

test('an org goes with all that it has, a runner at work is answered 401, and nothing of another org is touched', async () => {
  const other = await fullOrg();
  await keepUsage(server.database, never);
  const before = await sizes();
  const { orgId, key, runner, run } = await fullOrg();
  const rows = await rowsOf(orgId);
  expect(Object.entries(rows).filter(([, count]) => count === 0)).toEqual([]);
  const untouched = await rowsOf(other.orgId);
  await deleteOrg(server.database, orgId, quiet);
  expect(Object.entries(await rowsOf(orgId)).filter(([, count]) => count !== 0)).toEqual([]);
  expect(await rowsOf(other.orgId)).toEqual(untouched);
  // One entry says that it was deleted.
  expect(await sizes()).toEqual({ ...before, audit_entries: (before.audit_entries ?? 0) + 1 });
  const beat = { leases: [{ runId: run.id, token: run.token }] };
  expect(await runner.refused(`/runners/${runner.id}/heartbeat`, beat)).toMatchObject({ status: 401 });
  expect((await server.call('GET', '/api/v1/runs', { key })).status).toBe(401);
  expect((await server.call('GET', '/api/v1/runs', { key: other.key })).status).toBe(200);
});

test('what is launched with a key that was still believed goes too', async () => {
  const { orgId } = await fullOrg();
  const late = meanwhile(server.database, { before: 'delete-org' }, () =>
    server.queue.enqueue(orgId, {
      ...{ prompt: 'late', cwd: '/b', permissionMode: 'default', labels: [], priority: 0, sharedCwd: false },
      ...{ retry: { maxAttempts: 1 }, approvalSec: 0 },
    }),
  );
  await deleteOrg(late, orgId, quiet);
  expect(Object.entries(await rowsOf(orgId)).filter(([, count]) => count !== 0)).toEqual([]);
});

/** The operators' command line on the same database. */
const operate = (...args: string[]) => operator(args, { DATABASE_URL: postgres.url });

test('the command says what would go, and nothing goes, until it is confirmed by the name', async () => {
  const { orgId } = await fullOrg();
  for (const more of [[], ['--confirm', 'Another']]) {
    const asked = operate('delete-org', orgId, ...more);
    expect(await once(asked.child, 'close')).toEqual([2, null]);
    expect(asked.said).toContain('"Test"');
    expect(asked.said).toContain('6 sessions, 1 runners and 2 keys');
  }
  expect((await rowsOf(orgId)).runs).toBe(6);
  const done = operate('delete-org', orgId, '--confirm', 'Test');
  expect(await once(done.child, 'close')).toEqual([0, null]);
  expect((await rowsOf(orgId)).orgs).toBe(0);
  const unknown = operate('delete-org', orgId, '--yes');
  expect(await once(unknown.child, 'close')).toEqual([2, null]);
});

test('one that is killed in the middle is ended by the next', async () => {
  const { orgId } = await fullOrg(5_000);
  const killed = operate('delete-org', orgId, '--yes');
  await expect.poll(() => killed.said).toContain('sessions are deleted …');
  killed.child.kill('SIGKILL');
  await once(killed.child, 'close');
  const left = await rowsOf(orgId);
  expect(left.runs).toBeGreaterThan(0);
  expect(left.runs).toBeLessThan(5_002);
  const next = operate('delete-org', orgId, '--yes');
  expect(await once(next.child, 'close')).toEqual([0, null]);
  expect(Object.entries(await rowsOf(orgId)).filter(([, count]) => count !== 0)).toEqual([]);
}, 60_000);
