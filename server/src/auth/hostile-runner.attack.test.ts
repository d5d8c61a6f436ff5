import { headers } from '@agentfleet/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { createApiKey } from './api-keys.js';

// What whoever has the credential of one machine, or a key that enrols, may try on the runners beside it.

const event = (seq: number, message: string) => ({
  ...{ seq, kind: 'assistant', message, data: null },
  at: '2026-11-30T08:00:00.000Z',
});

/** Every call of the protocol about a run, as the runner that holds it would make it. */
const callsOnRun = (id: string, token: string): [string, object][] => [
  [`/runs/${id}/start`, { token }],
  [`/runs/${id}/events`, { token, agentSessionId: 'planted', events: [event(1, 'forged')] }],
  [`/runs/${id}/partial`, { token, block: 1, kind: 'assistant', afterSeq: 0, offset: 0, text: 'forged' }],
  [
    `/runs/${id}/approvals`,
    {
      ...{ token, requestId: 'forged', tool: 'Bash', message: 'Bash rm', input: { command: 'rm' } },
      ...{ toolUseId: null, sessionGrant: null, waitSec: 60 },
    },
  ],
  [
    `/runs/${id}/finish`,
    {
      ...{ token, status: 'SUCCEEDED', agentSessionId: 'planted', result: 'forged' },
      ...{ finishedAt: '2026-11-30T08:00:00.000Z', lastSeq: 0, logChecksum: 0 },
    },
  ],
];

let server: TestServer;
let key: string;
let victim: RunnerClient;
let thief: RunnerClient;
beforeAll(async () => {
  server = await startTestServer();
  key = await server.makeKey(['runner']);
  victim = await RunnerClient.enrolled(server, key, {
    ...{ name: 'victim', directories: ['/victim'], maxConcurrentRuns: 100 },
  });
  thief = await RunnerClient.enrolled(server, key, { name: 'thief', directories: ['/thief'] });
});
afterAll(() => server.close());

const read = async (path: string) =>
  (await (await server.call('GET', `/api/v1${path}`)).json()) as Record<string, unknown>;

describe('with the credential of another runner', () => {
  test('everything of a runner is byte for byte as if it were not there', async () => {
    const nobody = `run_${'0'.repeat(20)}`;
    const { machineId: _, hostname: __, platform: ___, arch: ____, version: _____, ...facts } = victim.facts;
    for (const [call, body] of [
      ['claim', { leases: [], slots: 4 }],
      ['claim', { leases: [], slots: 0, facts: { ...facts, name: 'renamed', directories: ['/'] } }],
      ['heartbeat', { leases: [] }],
      ['heartbeat', { leases: [], draining: true, leaving: true }],
    ] as const) {
      const theirs = await thief.ask(`/runners/${victim.id}/${call}`, body);
      const missing = await thief.ask(`/runners/${nobody}/${call}`, body);
      expect([theirs.status, missing.status]).toEqual([404, 404]);
      expect(await theirs.text()).toBe(await missing.text());
    }
    expect(await read(`/runners/${victim.id}`)).toMatchObject({
      ...{ name: 'victim', state: 'online', directories: ['/victim'] },
      credential: { conflictAt: null },
    });
  });

  test('its machine cannot be registered, renamed or opened, nor a new one made', async () => {
    for (const facts of [victim.facts, { ...victim.facts, directories: ['/'], name: 'mine' }]) {
      expect(await thief.refused('/runners/register', facts)).toMatchObject({ status: 404 });
      const enrolling = { [headers.enrolment]: victim.secret };
      expect(await thief.refused('/runners/register', facts, enrolling)).toMatchObject({ status: 404 });
    }
    const before = await server.database.prisma.runner.count();
    const stranger = new RunnerClient(server, thief.key);
    expect(await stranger.refused('/runners/register', stranger.facts)).toMatchObject({ status: 404 });
    expect(await stranger.enrolRefused()).toMatchObject({ status: 404 });
    expect(await server.database.prisma.runner.count()).toBe(before);
    expect(await read(`/runners/${victim.id}`)).toMatchObject({ name: 'victim', directories: ['/victim'] });
  });

  test('a run of another runner is not there, even for who has its token', async () => {
    const run = await victim.startsRun();
    const missing = `clr${'0'.repeat(22)}`;
    const calls = callsOnRun(missing, run.token);
    for (const [index, [path, body]] of callsOnRun(run.id, run.token).entries()) {
      const theirs = await thief.ask(path, body);
      const answer = await theirs.text();
      expect([path, theirs.status]).toEqual([path, 404]);
      const [missingPath, missingBody] = calls[index] ?? ['', {}];
      expect(answer).toBe(await (await thief.ask(missingPath, missingBody)).text());
    }
    expect(await read(`/runs/${run.id}`)).toMatchObject({
      ...{ status: 'RUNNING', agentSessionId: null, result: null, logs: [] },
      approvalsWaiting: 0,
    });
    // The same calls are its runner's own.
    for (const [path, body] of callsOnRun(run.id, run.token).slice(0, 4)) await victim.say(path, body);
  });

  test('its leases are neither renewed nor said to be anybody’s', async () => {
    const run = await victim.startsRun();
    const leaseOf = async () =>
      (await server.database.prisma.run.findUniqueOrThrow({ where: { id: run.id } })).leaseExpiresAt;
    const before = await leaseOf();
    const leases = [{ runId: run.id, token: run.token }];
    expect(await thief.heartbeat({ leases })).toMatchObject({ stale: [run.id] });
    expect(await thief.claim({ leases })).toMatchObject({ stale: [run.id], runs: [] });
    expect(await leaseOf()).toEqual(before);
  });

  test('a run that is pinned to another runner stays in the queue, and so does one of other directories', async () => {
    const launch = async (body: object) =>
      (await (await server.call('POST', '/api/v1/runs', { body: { prompt: 'go', ...body } })).json()) as {
        id: string;
      };
    const pinned = await launch({ cwd: '/victim/a', runnerId: victim.id });
    const unpinned = await launch({ cwd: '/victim/b' });
    expect((await thief.claim({ slots: 8 })).runs).toEqual([]);
    const { runs } = await victim.claim({ slots: 8, waitSec: 5 });
    expect([pinned.id, unpinned.id]).toContain(runs[0]?.id);
  });

  test('its commands can be neither read nor acknowledged away', async () => {
    const run = await victim.startsRun();
    await server.call('POST', `/api/v1/runs/${run.id}/cancel`, { body: {} });
    const told = (await victim.claim({ leases: [{ runId: run.id, token: run.token }] })).commands;
    expect(told).toMatchObject([{ kind: 'cancel', runId: run.id }]);
    expect(await thief.claim({ acknowledged: told.map(({ id }) => id) })).toMatchObject({ commands: [] });
    expect((await victim.claim({ leases: [{ runId: run.id, token: run.token }] })).commands).toEqual(told);
  });

  test('nothing but the runner protocol is open', async () => {
    for (const path of ['/runs', '/runners', '/api-keys', '/approvals', '/queue', '/usage']) {
      expect((await server.call('GET', `/api/v1${path}`, { key: thief.key })).status).toBe(403);
    }
    const revoking = `/api/v1/runners/${victim.id}/credential`;
    expect((await server.call('DELETE', revoking, { key: thief.key })).status).toBe(403);
    const body = { requireRunnerCredentials: false };
    expect((await server.call('POST', '/api/v1/org', { key: thief.key, body })).status).toBe(403);
  });
});

describe.each([['runner'], ['admin']] as const)('with an API key of scope %s', (scope) => {
  let stolen: RunnerClient;
  beforeAll(async () => {
    stolen = new RunnerClient(server, await server.makeKey([scope]));
    stolen.id = victim.id;
  });

  test('a runner that has enrolled is out of reach, also where the org requires no credentials', async () => {
    await expect(stolen.claim()).rejects.toThrow('404');
    await expect(stolen.heartbeat({ leaving: true })).rejects.toThrow('404');
    expect(await read(`/runners/${victim.id}`)).toMatchObject({ online: true });
  });

  test('its machineId is refused, with the words what to do, and nothing of it is changed', async () => {
    const facts = { ...victim.facts, directories: ['/'], name: 'mine' };
    for (const more of [{}, { [headers.enrolment]: stolen.secret }]) {
      const refusal = await stolen.refused('/runners/register', facts, more);
      expect(refusal).toMatchObject({ status: 409, code: 'RUNNER_ENROLLED' });
      expect(refusal.message).toContain(`DELETE /api/v1/runners/${victim.id}/credential`);
      expect(refusal.message).toContain('identity.json');
    }
    expect(await read(`/runners/${victim.id}`)).toMatchObject({ name: 'victim', directories: ['/victim'] });
    expect((await victim.claim()).stale).toEqual([]);
  });
});

test('a key that enrols in one directory gets no prompt of the org from anywhere else', async () => {
  const { key: limited } = await createApiKey(server.database, server.orgId, {
    ...{ name: 'one folder', scopes: ['runner'] },
    enrolment: { directories: ['/lent'], uses: 1 },
  });
  const greedy = new RunnerClient(server, limited, { directories: ['/'] });
  expect((await greedy.enrolRefused()).message).toContain('does not allow /:');
  const runner = await RunnerClient.enrolled(server, limited, { directories: ['/lent'] });
  const prompts = ['/secret', '/lentil', '/lent/../secret'];
  for (const cwd of prompts)
    await server.call('POST', '/api/v1/runs', { body: { prompt: 'the secret plan', cwd } });
  expect((await runner.claim({ slots: 8 })).runs).toEqual([]);
  expect(await new RunnerClient(server, limited).enrolRefused()).toMatchObject({ status: 403 });
});
