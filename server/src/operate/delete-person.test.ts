import { once } from 'node:events';
import type { AuditEntry, CreatedApiKey, Scope } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../auth/authenticator.js';
import { newId } from '../db/ids.js';
import { operator } from '../testing/operator.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { deletePerson } from './delete-person.js';
import { asJsonValue } from './sql/delete-person.js';

let postgres: TestPostgres;
let server: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url, clientAddress: 'connection' });
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

const operate = (...args: string[]) => operator(args, { DATABASE_URL: postgres.url });
async function done(...args: string[]): Promise<string> {
  const program = operate(...args);
  expect({ code: await program.code, wrong: program.wrong }).toEqual({ code: 0, wrong: '' });
  return program.out;
}

/** Every column of the database that may hold a text. */
async function textColumns() {
  const text = `
SELECT table_name AS table, column_name AS column FROM information_schema.columns JOIN pg_tables ON tablename = table_name
WHERE table_schema = 'public' AND schemaname = 'public' AND (data_type IN ('text', 'ARRAY', 'jsonb', 'json', 'character varying', 'uuid')
  OR data_type = 'USER-DEFINED') ORDER BY 1, 2`;
  return server.database.query<{ table: string; column: string }>({ name: 'text-columns', text }, []);
}

/** In which columns of any table a text stands, whoever's rows those are. */
async function whereIs(wanted: string): Promise<string[]> {
  const found: string[] = [];
  const columns = await textColumns();
  expect(columns.length).toBeGreaterThan(100);
  for (const { table, column } of columns) {
    const text = `SELECT count(*) AS count FROM "${table}" WHERE position($1 IN "${column}"::text) > 0`;
    const [row] = await server.database.query<{ count: number }>({ name: `in-${table}-${column}`, text }, [
      wanted,
    ]);
    if (row?.count) found.push(`${table}.${column}`);
  }
  return found;
}

async function keyOf(name: string, orgId: string, scopes: Scope[] = ['admin']): Promise<CreatedApiKey> {
  const key = await server.makeKey(['admin'], orgId);
  const answer = await server.call('POST', '/api/v1/api-keys', { key, body: { name, scopes } });
  expect(answer.status).toBe(201);
  return (await answer.json()) as CreatedApiKey;
}

/** An org in which somebody of a name has done whatever leaves a trace of it. */
async function worked(name: string) {
  const orgId = await server.makeOrg();
  const { key, id: keyId } = await keyOf(name, orgId);
  const call = async (method: string, path: string, body?: object, as: string | null = key) => {
    const answer = await server.call(method, `/api/v1${path}`, { key: as, ...(body && { body }) });
    expect({ path, ok: answer.ok }).toEqual({ path, ok: true });
    return answer;
  };
  await call('POST', '/session', { apiKey: key }, null);
  const runner = await RunnerClient.enrolled(server, await server.makeKey(['runner'], orgId), {
    directories: [`/code/${orgId}`],
  });
  await call('POST', '/runs', { prompt: 'go', cwd: `/code/${orgId}/x`, runnerId: runner.id });
  const [run] = (await runner.claim({ waitSec: 10 })).runs;
  if (!run) throw new Error('nothing was claimed');
  const { token } = run;
  await runner.say(`/runs/${run.id}/start`, { token });
  const asked = await runner.say<{ id: string }>(`/runs/${run.id}/approvals`, {
    ...{ token, requestId: 'request-1', tool: 'Bash', message: 'Bash ls', input: { command: 'ls' } },
    ...{ toolUseId: null, sessionGrant: null, waitSec: 600 },
  });
  await call('POST', `/approvals/${asked.id}/decision`, { decision: 'allow' });
  const at = '2026-11-23T10:00:00.000Z';
  const decided = { type: 'approval', state: 'allowed', requestId: 'request-1', decision: 'allow' };
  const events = [
    { seq: 1, kind: 'assistant', message: 'hello', data: null, at },
    {
      ...{ seq: 2, kind: 'system', message: `allowed by ${name} for the session: Bash ls`, at },
      data: { ...decided, decidedBy: name, forSession: true },
    },
  ];
  await runner.say(`/runs/${run.id}/events`, { token, events });
  await call('POST', `/runners/${runner.id}/pause`, { note: 'lunch' });
  const hashes = () => ({
    deviceHash: sha256(newId('key_')) as Uint8Array<ArrayBuffer>,
    codeHash: sha256(newId('key_')) as Uint8Array<ArrayBuffer>,
  });
  const asks = {
    ...{ computer: 'mill', userName: name, hostname: 'mill', platform: 'linux', version: '1' },
    ...{ address: '127.0.0.1', expiresAt: new Date(Date.now() + 600_000) },
  };
  const { prisma } = server.database;
  await prisma.signIn.createMany({
    data: [
      { ...asks, ...hashes() },
      { ...asks, ...hashes(), orgId, decision: 'allow' },
    ],
  });
  const requestHash = sha256('x') as Uint8Array<ArrayBuffer>;
  const response = { name, by: [{ name }] };
  await prisma.idempotencyKey.create({
    data: { orgId, key: 'once', requestHash, status: 200, response },
  });
  return { orgId, key, keyId, run, runner, asked, events };
}

const columnsWithTraces = [
  ...['api_keys.name', 'approvals.decided_by', 'audit_entries.actor_name', 'audit_entries.subject_name'],
  ...['events_rest.data', 'events_rest.message', 'idempotency_keys.response', 'runners.paused_by'],
  'sign_ins.user_name',
];

test('the name stands nowhere in the database any more, its keys are worth nothing, and what was done with them stays told', async () => {
  // In quotation marks, with what means something else in JSON, in regular expressions, and in SQL.
  const name = `O'Lovelace (Ada) "Countess" \\ [a-z]+$1 %_ 🎩`;
  const { orgId, key, keyId, run, runner, asked, events } = await worked(name);
  const { prisma } = server.database;
  // What the trail tells of a computer that was let in.
  const entry = {
    orgId,
    at: new Date(),
    actorKind: 'key',
    actorId: keyId,
    actorName: name,
    subjectId: orgId,
  };
  const detail = { user: name, hostname: 'mill' };
  await prisma.auditEntry.create({
    data: { ...entry, id: `aud_${'0'.repeat(26)}`, action: 'computer.allow', subjectName: 'mill', detail },
  });
  const inEvents = (columns: string[]) =>
    columns
      .map((column) => column.replace(/^events_\w+\./, 'events_rest.'))
      .filter((c) => !/^events\./.test(c));
  expect([...new Set(inEvents(await whereIs('Lovelace')))].sort()).toEqual(
    [...columnsWithTraces, 'audit_entries.detail'].sort(),
  );

  const looked = await done('delete-person', name, '--org', orgId, '--dry-run');
  expect(looked).toMatch(/stands at 1 keys, 1 approvals, 1 paused runners and [5-9] entries/);
  const unsure = operate('delete-person', name, '--org', orgId);
  expect(await unsure.code).toBe(2);
  expect(unsure.wrong).toContain('--yes');
  expect(await whereIs('Lovelace')).toContain('api_keys.name');
  expect((await server.call('GET', '/api/v1/me', { key })).status).toBe(200);
  const told = await prisma.auditEntry.findMany({ where: { orgId }, orderBy: { id: 'asc' } });

  await done('delete-person', name, '--org', orgId, '--yes');
  expect(await whereIs('Lovelace')).toEqual([]);
  expect((await server.call('GET', '/api/v1/me', { key })).status).toBe(401);
  expect(await prisma.browserSession.count({ where: { apiKeyId: keyId } })).toBe(0);

  const nobody = 'deleted person';
  expect(await prisma.approval.findUnique({ where: { id: asked.id } })).toMatchObject({
    ...{ state: 'allowed', decidedBy: nobody },
  });
  const stored = await prisma.event.findMany({ where: { runId: run.id }, orderBy: { seq: 'asc' } });
  expect(stored.map(({ message, data }) => [message, data])).toEqual([
    ['hello', null],
    [`allowed by ${nobody} for the session: Bash ls`, { ...events[1]?.data, decidedBy: nobody }],
  ]);
  const answered = await prisma.idempotencyKey.findFirst({ where: { orgId, key: 'once' } });
  expect(answered?.response).toEqual({ name: nobody, by: [{ name: nobody }] });
  // Each entry stands where it stood, and no address is left of that key.
  const now = await prisma.auditEntry.findMany({ where: { orgId }, orderBy: { id: 'asc' } });
  expect(now.slice(0, told.length).map(({ id, action }) => [id, action])).toEqual(
    told.map(({ id, action }) => [id, action]),
  );
  expect(now.slice(told.length).map(({ action }) => action)).toEqual(['key.revoke', 'person.delete']);
  expect(told.filter(({ actorId, address }) => actorId === keyId && address !== null)).not.toEqual([]);
  expect(now.filter(({ actorId, address }) => actorId === keyId && address !== null)).toEqual([]);
  expect(now[0]?.detail).toEqual({ user: nobody, hostname: 'mill' });
  const admin = await server.makeKey(['admin'], orgId);
  const trail = await server.call('GET', '/api/v1/audit?action=person.delete', { key: admin });
  const { data } = (await trail.json()) as { data: AuditEntry[] };
  expect(data).toMatchObject([{ actor: { kind: 'operator' }, subject: { id: orgId, name: null } }]);
  // Its runner may send the same once more, as after an answer that was lost.
  await runner.say(`/runs/${run.id}/events`, { token: run.token, events });
  expect(await whereIs('Lovelace')).toEqual([]);
});

test('the same name in another org, and what others did, stay as they are', async () => {
  const [one, other] = [await worked('Grace'), await worked('Grace')];
  const ofOrg = { where: { orgId: other.orgId } };
  const { prisma } = server.database;
  const kept = async () => [
    await prisma.auditEntry.findMany(ofOrg),
    await prisma.approval.findMany(ofOrg),
    await prisma.apiKey.findMany({ ...ofOrg, omit: { lastUsedAt: true } }),
    await prisma.runner.findMany({ ...ofOrg, omit: { lastSeenAt: true, pollingUntil: true } }),
  ];
  const before = await kept();
  await done('delete-person', 'Grace', '--org', one.orgId, '--yes');
  expect(await kept()).toEqual(before);
  expect((await server.call('GET', '/api/v1/me', { key: other.key })).status).toBe(200);
  await done('delete-person', 'Grace', '--org', other.orgId, '--yes');
  expect(await whereIs('Grace')).toEqual([]);
});

test('one that is killed in the middle is ended by the next', async () => {
  const { orgId, keyId } = await worked('Hedy');
  const fill = `
INSERT INTO audit_entries (org_id, id, at, action, actor_kind, actor_id, actor_name, subject_id)
SELECT $1, 'aud_' || lpad(to_hex(n), 26, '0'), now(), 'run.launch', 'key', $2, 'Hedy', 'clrnone' FROM generate_series(1, 30000) n`;
  await server.database.query({ name: 'fill-trail', text: fill }, [orgId, keyId]);
  const left = () => server.database.prisma.auditEntry.count({ where: { orgId, actorName: 'Hedy' } });
  const killed = operate('delete-person', 'Hedy', '--org', orgId, '--yes');
  await expect
    .poll(() => killed.said, { timeout: 20_000, interval: 5 })
    .toContain('entries of the audit trail …');
  killed.child.kill('SIGKILL');
  await once(killed.child, 'close');
  expect(await left()).toBeGreaterThan(0);
  expect(await left()).toBeLessThan(30_000);
  await done('delete-person', 'Hedy', '--org', orgId, '--yes');
  expect(await whereIs('Hedy')).toEqual([]);
  expect(await server.database.prisma.auditEntry.count({ where: { orgId } })).toBeGreaterThan(30_000);
}, 60_000);

test('a name that is also that of a member of what is noted is taken out of the values alone', async () => {
  const { orgId } = await worked('user');
  const detail = { user: 'user', hostname: 'user', said: '"user": "user"' };
  const entry = {
    orgId,
    at: new Date(),
    actorKind: 'key',
    actorId: 'key_x',
    actorName: 'x',
    subjectId: orgId,
  };
  const id = `aud_${'1'.repeat(26)}`;
  await server.database.prisma.auditEntry.create({
    data: { ...entry, id, action: 'computer.allow', detail },
  });
  expect(asJsonValue('a.b')).toBe('\\"a\\.b\\"(?!:)');
  await done('delete-person', 'user', '--org', orgId, '--yes');
  const found = await server.database.prisma.auditEntry.findFirst({ where: { orgId, id } });
  const nobody = 'deleted person';
  expect(found?.detail).toEqual({ user: nobody, hostname: nobody, said: '"user": "user"' });
});

test('it works on the embedded database as well', async () => {
  const hosted = server;
  server = await startTestServer({ clientAddress: 'connection' });
  try {
    const { orgId, key } = await worked('Emmy "N" Noether');
    expect(await whereIs('Noether')).toContain('events_rest.message');
    const by = { kind: 'operator' as const, id: 'operator', name: 'Emmy "N" Noether' };
    await deletePerson(server.database, { orgId, name: by.name, say: () => undefined }, by);
    expect(await whereIs('Noether')).toEqual([]);
    expect((await server.call('GET', '/api/v1/me', { key })).status).toBe(401);
  } finally {
    await server.close();
    server = hosted;
  }
});

test('a name is needed, and not the one that stands where names stood', async () => {
  for (const args of [[], [' '], ['deleted person']]) {
    const program = operate('delete-person', ...args, '--org', server.orgId, '--yes');
    expect(await program.code).toBe(2);
    expect(program.wrong).not.toBe('');
  }
});
