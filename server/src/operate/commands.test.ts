import type { ApiKey, Run } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { operator } from '../testing/operator.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';

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

let orgId: string;
let key: string;
beforeEach(async () => {
  orgId = await server.makeOrg();
  key = await server.makeKey(['admin'], orgId);
});

/** The command line on the database of a server that runs, once it has ended. */
async function operate(args: string[], more: NodeJS.ProcessEnv = {}) {
  const program = operator(args, { DATABASE_URL: postgres.url, ...more });
  return { code: await program.code, out: program.out, wrong: program.wrong };
}
const inOrg = (...args: string[]) => operate([...args, '--org', orgId]);

const call = async <Answer>(method: string, path: string, body?: object, by = key) => {
  const answer = await server.call(method, `/api/v1${path}`, { key: by, ...(body && { body }) });
  return { status: answer.status, body: (answer.status === 204 ? null : await answer.json()) as Answer };
};
const launch = async (more: object = {}) =>
  (await call<Run>('POST', '/runs', { prompt: 'go', cwd: '/code/x', ...more })).body;
const runner = (facts: object = {}) =>
  RunnerClient.enrolled(server, key, { directories: ['/code'], maxConcurrentRuns: 9, ...facts });
const backdate = (id: string, column: string, minutes: number) =>
  server.database.query(
    {
      name: `backdate-${column}`,
      text: `UPDATE runs SET ${column} = now() - $2::int * interval '1 minute' WHERE id = $1`,
    },
    [id, minutes],
  );

test('an org is renamed, and what waited for its limit begins when that is taken away', async () => {
  expect(await operate(['change-org', orgId, '--max-concurrent-runs', '1'])).toMatchObject({ code: 0 });
  const machine = await runner();
  await launch({ runnerId: machine.id });
  await launch({ runnerId: machine.id, cwd: '/code/y' });
  const [held] = (await machine.claim({ slots: 2, waitSec: 5 })).runs;
  const leases = [{ runId: held?.id ?? '', token: held?.token ?? '' }];
  expect((await machine.claim({ leases, slots: 2, waitSec: 0 })).runs).toEqual([]);
  const waiting = machine.claim({ leases, slots: 2, waitSec: 20 });
  const { code, out } = await operate([
    'change-org',
    orgId,
    '--name',
    'New',
    '--max-concurrent-runs',
    'none',
  ]);
  expect(code).toBe(0);
  expect(out).toContain('"New"');
  expect((await waiting).runs).toMatchObject([{ cwd: '/code/y' }]);
  expect((await call('GET', '/me')).body).toMatchObject({ org: { name: 'New' } });
  expect(await operate(['change-org', orgId])).toMatchObject({ code: 2 });
  expect(await operate(['change-org', 'org_none', '--name', 'x'])).toMatchObject({ code: 2 });
});

test('a rotated key may do what the old one may, which is taken for a while, or is revoked at once', async () => {
  const made = await call<ApiKey & { key: string }>('POST', '/api-keys', {
    name: 'ci',
    scopes: ['runs:read'],
    limits: { requestsPerMinute: 600 },
  });
  const { id, key: old } = made.body;
  const { code, out } = await inOrg('rotate-key', id, '--keep-old-hours', '2');
  expect(code).toBe(0);
  const [rotated = ''] = /af_live_\w+/.exec(out) ?? [];
  expect(out).toMatch(new RegExp(`${id} is taken until \\d{4}-`));
  const me = async (by: string) => (await call<{ key: ApiKey }>('GET', '/me', undefined, by)).body.key;
  expect(await me(rotated)).toMatchObject({
    ...{ name: 'ci', scopes: ['runs:read'], limits: { requestsPerMinute: 600 } },
  });
  const ends = Date.parse((await me(old)).expiresAt ?? '') - Date.now();
  expect(ends).toBeGreaterThan(3_600_000);
  expect(ends).toBeLessThan(2 * 3_600_000 + 60_000);

  expect(await inOrg('rotate-key', id, '--keep-old-hours', '0')).toMatchObject({ code: 0 });
  await expect.poll(async () => (await call('GET', '/me', undefined, old)).status).toBe(401);
  expect(await inOrg('rotate-key', id)).toMatchObject({ code: 2, out: '' });
  const other = await server.makeOrg();
  const wrong = await operate(['rotate-key', (await me(rotated)).id, '--org', other]);
  expect(wrong).toMatchObject({ code: 2, out: '' });
});

test('the limits of a key are changed while it is used, and the credential of a runner is not rotated', async () => {
  const reader = await server.makeKey(['runs:read'], orgId);
  const { id } = (await call<{ key: ApiKey }>('GET', '/me', undefined, reader)).body.key;
  expect(await inOrg('limit-key', id, '--requests-per-minute', '1')).toMatchObject({ code: 0 });
  await expect.poll(async () => (await call('GET', '/runs', undefined, reader)).status).toBe(429);
  expect(await inOrg('limit-key', id, '--requests-per-minute', 'none')).toMatchObject({ code: 0 });
  await expect.poll(async () => (await call('GET', '/runs', undefined, reader)).status).toBe(200);
  expect(await inOrg('limit-key', id)).toMatchObject({ code: 2 });
  expect(await inOrg('limit-key', id, '--queued-runs', '-1')).toMatchObject({ code: 2 });
  const machine = await runner();
  const credential = await server.database.prisma.apiKey.findFirstOrThrow({
    where: { runnerId: machine.id },
  });
  expect(await inOrg('rotate-key', credential.id)).toMatchObject({ code: 2, out: '' });
});

test('what stands still is found with why, longest first, and what goes on is not', async () => {
  const lonely = await launch({ cwd: '/nobody/has/it' });
  await backdate(lonely.id, 'queued_at', 90);
  const machine = await runner({ name: 'mill\u001b[2J' });
  const taken = await launch({ runnerId: machine.id });
  const [held] = (await machine.claim({ waitSec: 5 })).runs;
  await machine.say(`/runs/${taken.id}/start`, { token: held?.token });
  await backdate(taken.id, 'started_at', 45);
  const fresh = await launch({ cwd: '/nobody/has/this' });
  const found = await inOrg('find-stuck');
  expect(found).toMatchObject({ code: 0, wrong: '' });
  expect(found.out.trimEnd().split('\n')).toEqual([
    `${lonely.id}  QUEUED  for 90 min  /nobody/has/it`,
    expect.stringContaining('No online runner allows /nobody/has/it'),
    `${taken.id}  RUNNING  for 45 min  /code/x`,
    '    It runs, and nothing has been added to its log since.',
  ]);
  expect(found.out).not.toContain(fresh.id);
  expect((await inOrg('find-stuck', '--for-minutes', '1000')).out).toBe(
    'Every run has gone on within 1000 min.\n',
  );
  await backdate(taken.id, 'lost_at', 5);
  expect((await inOrg('find-stuck', '--for-minutes', '4')).out).toContain(
    '    The runner mill[U+001B][2J has not been heard of since.',
  );
});

test('a queued run is moved to another runner, or to any, and nothing else is', async () => {
  const [one, other] = [await runner(), await runner()];
  const run = await launch({ runnerId: one.id });
  expect(await inOrg('move-run', run.id, '--to', other.id)).toMatchObject({ code: 0 });
  expect((await one.claim({ waitSec: 0 })).runs).toEqual([]);
  expect(await inOrg('move-run', run.id, '--to', 'any')).toMatchObject({ code: 0 });
  expect(await inOrg('move-run', run.id, '--to', 'run_nobody')).toMatchObject({
    code: 2,
    wrong: expect.stringContaining('no runner run_nobody'),
  });
  const waiting = other.claim({ waitSec: 20 });
  const [taken] = (await waiting).runs;
  expect(taken?.id).toBe(run.id);
  expect(await inOrg('move-run', run.id, '--to', one.id)).toMatchObject({
    code: 2,
    wrong: expect.stringContaining('does not wait in the queue'),
  });
  const foreign = await server.makeOrg();
  const second = await launch({ runnerId: one.id, cwd: '/code/z' });
  expect(await operate(['move-run', second.id, '--to', 'any', '--org', foreign])).toMatchObject({ code: 2 });
  const follow = await call<Run>('POST', `/runs/${run.id}/followup`, { prompt: 'on' });
  expect(follow.status).toBe(201);
  expect(await inOrg('move-run', follow.body.id, '--to', one.id)).toMatchObject({
    code: 2,
    wrong: expect.stringContaining('goes on with a session'),
  });
});

test('sessions that ended long ago are deleted for good, once that is said, and those of others stay', async () => {
  const ended = async (days: number) => {
    const run = await launch();
    await call('POST', `/runs/${run.id}/cancel`);
    await backdate(run.id, 'finished_at', days * 1_440);
    return run.id;
  };
  const [old, newer] = [await ended(40), await ended(3)];
  const queued = await launch();
  expect(await inOrg('delete-runs', '--ended-days-ago', '30')).toMatchObject({ code: 2 });
  expect((await inOrg('delete-runs', '--ended-days-ago', '30', '--dry-run')).out).toContain('1 sessions');
  expect((await call('GET', `/runs/${old}`)).status).toBe(200);
  expect(await inOrg('delete-runs', '--ended-days-ago', '30', '--yes')).toMatchObject({ code: 0 });
  expect((await call('GET', `/runs/${old}`)).status).toBe(404);
  expect((await call('GET', `/runs/${newer}`)).status).toBe(200);
  expect(await inOrg('delete-runs', '--ended-days-ago', '0', '--yes')).toMatchObject({ code: 0 });
  expect((await call('GET', `/runs/${newer}`)).status).toBe(404);
  expect((await call('GET', `/runs/${queued.id}`)).status).toBe(200);
});

test('what is past its retention is deleted now, and the command says what was', async () => {
  const other = await launch({ prompt: 'a secret' });
  await call('POST', `/runs/${other.id}/cancel`);
  await backdate(other.id, 'finished_at', 3 * 1_440);
  const nothing = await operate(['prune']);
  expect(nothing.out).toBe(
    '0 events were deleted (kept for ever), the texts of 0 sessions (kept for ever), 0 sessions (kept for ever), and 0 entries of the audit trail (kept for ever).\n',
  );
  const pruned = await operate(['prune'], { EVENT_RETENTION_DAYS: '2', TEXT_RETENTION_DAYS: '2' });
  expect(pruned).toMatchObject({ code: 0, wrong: '' });
  expect(pruned.out).toMatch(/the texts of [1-9]\d* sessions \(2 days\)/);
  expect((await call<Run>('GET', `/runs/${other.id}`)).body).toMatchObject({ input: '' });
  const gone = await operate(['prune'], { RUN_RETENTION_DAYS: '2' });
  expect(gone.out).toMatch(/, [1-9]\d* sessions \(2 days\), and /);
  expect((await call('GET', `/runs/${other.id}`)).status).toBe(404);
});

test('a word too many, a command that is none and an option that is none are said, and nothing is done', async () => {
  for (const args of [['list-orgs', 'x', 'y'], ['toString'], ['list-orgs', '--nope']]) {
    const { code, out, wrong } = await operate(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(wrong).not.toBe('');
  }
});
