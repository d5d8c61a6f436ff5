import { type AuditAction, type AuditEntry, type Route, type RouteName, routes } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { allowed, signInAt } from '../testing/sign-in.js';

/** What changes something, and is not told in the audit trail, with why. */
const untold: Partial<Record<RouteName, string>> = {
  heartbeat: 'a runner at work, thousands of times a minute; nobody decides',
  claim: 'a runner at work; the run says which runner has it',
  answerInquiry: 'a runner at work; it says what is there, and nothing of it is stored',
  startRun: 'a runner at work; the run says when',
  appendEvents: 'a runner at work; the log is the record',
  sendPartial: 'nothing of it is stored',
  requestApproval: 'the session asks; who answers is told',
  finishRun: 'the session ends; the run says how',
  startSignIn: 'anybody may ask; who lets the computer in is told',
  pollSignIn: 'what it gives out was decided before, which is told',
};

let server: TestServer;
let runner: RunnerClient;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  runner = await RunnerClient.enrolled(server, server.key, { maxConcurrentRuns: 9 });
});

const api = (method: string, path: string, body?: object, key: string | null = server.key) =>
  server.call(method, `/api/v1${path}`, { key, ...(body && { body }) });
async function said<Answer = { id: string }>(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await api(method, path, body);
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (answer.status === 204 ? null : await answer.json()) as Answer;
}
const launch = () =>
  said('POST', '/runs', { prompt: 'a secret prompt', cwd: '/code/x', runnerId: runner.id });
async function asked(): Promise<string> {
  const { id, token } = await runner.startsRun();
  const question = {
    ...{ token, requestId: 'r', tool: 'Bash', message: 'Bash ls', input: { command: 'a secret command' } },
    ...{ toolUseId: null, sessionGrant: null, waitSec: 60 },
  };
  return (await runner.say<{ id: string }>(`/runs/${id}/approvals`, question)).id;
}
const me = async () => (await said<{ key: { id: string } }>('GET', '/me')).key.id;
const cookie = async () => {
  const answer = await api('POST', '/session', { apiKey: server.key }, null);
  const { csrfToken } = (await answer.json()) as { csrfToken: string };
  return { cookie: answer.headers.get('set-cookie') ?? '', 'agentfleet-csrf': csrfToken };
};

interface Deed {
  action: AuditAction;
  /** Does what is needed before. @returns what does it, and gives the id of what it was done to */
  ready: () => Promise<() => Promise<string>>;
}
const deed = (action: AuditAction, ready: Deed['ready']): Deed => ({ action, ready });

const told: Partial<Record<RouteName, Deed[]>> = {
  registerRunner: [
    deed('runner.enrol', async () => async () => {
      const other = new RunnerClient(server, server.key);
      return (await other.enrol()).id;
    }),
  ],
  pauseOwn: [
    deed('runner.pause', async () => async () => {
      await runner.say(`/runners/${runner.id}/own-pause`, { paused: true });
      return runner.id;
    }),
    deed('runner.resume', async () => {
      await runner.say(`/runners/${runner.id}/own-pause`, { paused: true });
      return async () => {
        await runner.say(`/runners/${runner.id}/own-pause`, { paused: false });
        return runner.id;
      };
    }),
  ],
  pauseRunner: [
    deed('runner.pause', async () => async () => {
      return (await said('POST', `/runners/${runner.id}/pause`, { note: 'a note', forSec: 60 })).id;
    }),
  ],
  resumeRunner: [
    deed('runner.resume', async () => {
      await said('POST', `/runners/${runner.id}/pause`, {});
      return async () => (await said('POST', `/runners/${runner.id}/resume`, {})).id;
    }),
  ],
  deleteRunner: [
    deed('runner.forget', async () => async () => (await said('DELETE', `/runners/${runner.id}`)).id),
  ],
  revokeRunnerCredential: [
    deed(
      'runner.revoke',
      async () => async () => (await said('DELETE', `/runners/${runner.id}/credential`)).id,
    ),
  ],
  createRun: [deed('run.launch', async () => async () => (await launch()).id)],
  followUp: [
    deed('run.follow-up', async () => {
      const { id } = await launch();
      return async () => (await said('POST', `/runs/${id}/followup`, { prompt: 'a secret prompt' })).id;
    }),
  ],
  cancelRun: [
    deed('run.cancel', async () => {
      const { id } = await launch();
      return async () => (await said('POST', `/runs/${id}/cancel`, {})).id;
    }),
    deed('run.cancel', async () => {
      const { id } = await runner.startsRun();
      return async () => (await said('POST', `/runs/${id}/cancel`, {})).id;
    }),
  ],
  updateRun: [
    deed('run.change', async () => {
      const { id } = await launch();
      return async () => (await said('PATCH', `/runs/${id}`, { labels: ['a'] })).id;
    }),
  ],
  deleteRun: [
    deed('run.delete', async () => {
      const { id } = await launch();
      await said('POST', `/runs/${id}/cancel`, {});
      return async () => {
        await said('DELETE', `/runs/${id}`);
        return id;
      };
    }),
    deed('run.delete-later', async () => {
      const { id } = await runner.startsRun();
      return async () => (await said('DELETE', `/runs/${id}?cancel=true`)).id;
    }),
  ],
  decideApproval: [
    deed('approval.allow', async () => {
      const id = await asked();
      return async () => (await said('POST', `/approvals/${id}/decision`, { decision: 'allow' })).id;
    }),
    deed('approval.deny', async () => {
      const id = await asked();
      const body = { decision: 'deny', reason: 'a secret reason' };
      return async () => (await said('POST', `/approvals/${id}/decision`, body)).id;
    }),
  ],
  createApiKey: [
    deed(
      'key.create',
      async () => async () => (await said('POST', '/api-keys', { name: 'ci', scopes: ['runs:read'] })).id,
    ),
  ],
  revokeApiKey: [
    deed('key.revoke', async () => {
      const { id } = await said('POST', '/api-keys', { name: 'ci', scopes: ['runs:read'] });
      return async () => (await said('DELETE', `/api-keys/${id}`)).id;
    }),
  ],
  updateOrg: [
    deed('org.change', async () => {
      await said('POST', '/org', { requireRunnerCredentials: true });
      return async () => (await said('POST', '/org', { requireRunnerCredentials: false })).id;
    }),
  ],
  createBrowserSession: [
    deed('browser.sign-in', async () => async () => {
      await cookie();
      return me();
    }),
  ],
  deleteBrowserSession: [
    deed('browser.sign-out', async () => {
      const headers = await cookie();
      return async () => {
        await server.call('DELETE', '/api/v1/session', { key: null, headers });
        return me();
      };
    }),
  ],
  decideSignIn: [
    deed('computer.allow', async () => {
      const { userCode } = await signInAt(server).start();
      return async () => {
        await signInAt(server).decide(userCode);
        return server.orgId;
      };
    }),
    deed('computer.deny', async () => {
      const { userCode } = await signInAt(server).start();
      return async () => {
        await signInAt(server).decide(userCode, { decision: 'deny' });
        return server.orgId;
      };
    }),
  ],
  openWindow: [
    deed('window.open', async () => async () => {
      await signInAt(server).open(runner.id, runner.key, ['runs:read']);
      return runner.id;
    }),
  ],
};

const mutating = (Object.entries<Route>(routes) as [RouteName, Route][]).filter(
  ([, { method }]) => method !== 'GET',
);
const newest = async (limit = 10) =>
  (await said<{ data: AuditEntry[] }>('GET', `/audit?limit=${limit}`)).data;

test.each(mutating)(
  '%s changes something: it is told in the audit trail, or it is written why not',
  (name) => {
    expect([told[name] !== undefined, untold[name] !== undefined].filter(Boolean)).toHaveLength(1);
  },
);

describe('what is done is told once, with who did it to what', () => {
  const deeds = Object.entries(told).flatMap(([name, all]) =>
    (all ?? []).map((one): [string, AuditAction, Deed] => [name, one.action, one]),
  );
  test.each(deeds)('%s: %s', async (name, action, { ready }) => {
    const act = await ready();
    const [before] = await newest(1);
    const subject = await act();
    const after = await newest();
    const since = after.slice(
      0,
      after.findIndex(({ id }) => id === before?.id),
    );
    const [entry, ...more] = since.filter((one) => one.action === action);
    expect(more).toEqual([]);
    const byRunner = name === 'pauseOwn';
    expect(entry).toMatchObject({
      subject: { id: subject },
      actor: byRunner ? { kind: 'runner', id: runner.id } : { kind: 'key', id: await me(), name: 'test' },
      requestId: byRunner ? null : expect.stringMatching(/^req_/),
      address: null,
    });
    expect(JSON.stringify(since)).not.toMatch(/secret|af_live_/);
  });
});

test('what is refused, or was so already, is not told', async () => {
  const { id } = await launch();
  await said('POST', `/runs/${id}/cancel`, {});
  const { id: held } = await runner.startsRun();
  await said('POST', `/runs/${held}/cancel`, {});
  const approval = await asked();
  await said('POST', `/approvals/${approval}/decision`, { decision: 'allow' });
  const key = (await said('POST', '/api-keys', { name: 'ci', scopes: ['runs:read'] })).id;
  await said('DELETE', `/api-keys/${key}`);
  const { userCode } = await signInAt(server).start();
  await signInAt(server).decide(userCode);
  await said('POST', '/org', { requireRunnerCredentials: false });
  const before = (await newest(1))[0]?.id;
  const repeated = [
    await api('POST', `/runs/${id}/cancel`, {}),
    await api('POST', `/runs/${held}/cancel`, {}),
    await api('POST', `/approvals/${approval}/decision`, { decision: 'deny' }),
    await api('POST', `/approvals/${approval}/decision`, { decision: 'allow' }),
    await api('DELETE', `/api-keys/${key}`),
    await signInAt(server).decide(userCode),
    await api('POST', `/runners/${runner.id}/resume`, {}),
    await api('DELETE', `/runners/${runner.id}`),
    await api('POST', '/runs', { prompt: 'x', cwd: '/x', runnerId: `run_${'0'.repeat(20)}` }),
    await api('DELETE', `/runs/clr${'0'.repeat(22)}`),
    await api('PATCH', `/runs/${id}`, { labels: [], sharedCwd: false }),
    await api('POST', '/org', { requireRunnerCredentials: false }),
    await api('POST', '/session', { apiKey: 'wrong' }, null),
  ];
  expect(repeated.map(({ status }) => status)).toEqual([
    409, 200, 409, 200, 200, 404, 200, 409, 404, 404, 200, 200, 401,
  ]);
  await runner.heartbeat();
  expect((await newest(1))[0]?.id).toBe(before);
});

test('a request that is made again with its Idempotency-Key is told once', async () => {
  const post = () =>
    server.call('POST', '/api/v1/runs', {
      body: { prompt: 'x', cwd: '/code/once' },
      headers: { 'idempotency-key': 'once' },
    });
  const [{ id } = { id: '' }] = await Promise.all(
    [post(), post()].map(async (one) => (await one).json() as Promise<{ id: string }>),
  );
  await post();
  const { data } = await said<{ data: AuditEntry[] }>('GET', `/audit?subject=${id}`);
  expect(data.map(({ action }) => action)).toEqual(['run.launch']);
});

test('a computer that was let in and its window are in the trail of the org, under the names of then', async () => {
  const at = signInAt(server);
  const started = await at.start();
  await at.decide(started.userCode, { decision: 'allow', window: 'runs:write' });
  const { key } = await allowed(await at.poll(started));
  const machine = new RunnerClient(server, key, { name: 'mill' });
  const { id, credential = '' } = await machine.enrol();
  await at.open(id, credential, ['runs:write'], key);
  const all = await newest();
  expect(all.slice(0, 3).map(({ action, subject }) => [action, subject.name])).toEqual([
    ['window.open', 'mill'],
    ['runner.enrol', 'mill'],
    ['computer.allow', 'mill'],
  ]);
});
