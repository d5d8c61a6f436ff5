import { apiBase, type Route, type RouteName, routes } from '@agentfleet/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machine } from '../testing/machine.js';
import { startTestServer, type TestServer } from '../testing/server.js';

// Generated from the contract's table: a new route is tested as soon as it is in it.
const all = Object.entries<Route>(routes) as [RouteName, Route][];
const guarded = all.filter(([, route]) => route.scope !== 'public');
const withId = guarded.filter(([, route]) => route.params !== undefined);

const asked = {
  ...{ requestId: 'request-1', tool: 'Bash', message: 'Bash npm test', input: { command: 'npm test' } },
  ...{ toolUseId: null, sessionGrant: null, waitSec: 60 },
};

/** A body each route's schema accepts, so that a refusal is about the caller. */
const bodies: Partial<Record<RouteName, unknown>> = {
  createRun: { prompt: 'go', cwd: '/code' },
  followUp: { prompt: 'go on' },
  createApiKey: { name: 'ci', scopes: ['runs:read'] },
  createBrowserSession: { apiKey: 'wrong' },
  startSignIn: {
    ...{ computer: 'mill', user: 'ann', hostname: 'mill.example', platform: 'linux', version: '0' },
  },
  pollSignIn: { deviceCode: 'x'.repeat(43) },
  decideSignIn: { decision: 'allow' },
  openWindow: { credential: 'wrong', scopes: [] },
  registerRunner: machine(),
  heartbeat: { leases: [] },
  claim: { leases: [], slots: 1 },
  pauseOwn: { paused: true },
  answerInquiry: {
    id: '0190a1b2-0000-4000-8000-000000000000',
    answer: { kind: 'refused', code: 'not_found', message: 'gone' },
  },
  startRun: { token: `att_${'x'.repeat(32)}` },
  appendEvents: {
    token: `att_${'x'.repeat(32)}`,
    events: [{ seq: 1, kind: 'system', message: 'x', data: null, at: '2026-11-23T10:00:00.000Z' }],
  },
  sendPartial: {
    token: `att_${'x'.repeat(32)}`,
    ...{ block: 1, kind: 'assistant', afterSeq: 0, offset: 0, text: 'x' },
  },
  requestApproval: { token: `att_${'x'.repeat(32)}`, ...asked },
  decideApproval: { decision: 'allow' },
  finishRun: {
    token: `att_${'x'.repeat(32)}`,
    status: 'CANCELLED',
    finishedAt: '2026-11-23T10:00:00.000Z',
    lastSeq: 0,
    logChecksum: 0,
  },
};

let server: TestServer;
/** Ids of things that belong to another org. */
const foreign: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer();
  const key = await server.makeKey(['admin'], await server.makeOrg());
  const said = async (name: RouteName, id = '', body = bodies[name]) =>
    (await (await call(name, id, key, body)).json()) as { id: string; runs: { id: string; token: string }[] };
  const created = async (name: RouteName) => (await said(name)).id;
  foreign.runs = await created('createRun');
  foreign.runners = await created('registerRunner');
  foreign['api-keys'] = await created('createApiKey');
  const [claimed] = (await said('claim', foreign.runners)).runs;
  const token = { token: claimed?.token };
  await said('startRun', claimed?.id, token);
  const waiting = (await (await call('startSignIn', '', null)).json()) as { userCode: string };
  foreign['sign-ins'] = waiting.userCode;
  await said('decideSignIn', waiting.userCode);
  foreign.approvals = (await said('requestApproval', claimed?.id, { ...asked, ...token })).id;
});
afterAll(() => server.close());

function call(name: RouteName, id: string, key: string | null, sent = bodies[name]) {
  const { method, path, body }: Route = routes[name];
  return server.call(method, apiBase + path.replace(/:(?:id|code)/, id).replace(/:(?:seq|index)/g, '1'), {
    key,
    headers: { 'AgentFleet-Protocol': '1' },
    ...(body && { body: sent ?? {} }),
  });
}

const kindOf = (route: Route) => route.path.split('/')[1] ?? '';
const unknownIds: Record<string, string> = {
  runs: `clr${'0'.repeat(22)}`,
  runners: `run_${'0'.repeat(20)}`,
  'api-keys': `key_${'0'.repeat(20)}`,
  approvals: `apr_${'0'.repeat(22)}`,
  'sign-ins': 'BBBB-BBBB',
};

test.each(all)('%s declares a scope', (_name, route) => {
  expect(['admin', 'runs:write', 'runs:read', 'runner', 'any', 'public']).toContain(route.scope);
});

describe('without a key, or with a wrong one, the answer is the documented 401', () => {
  test.each(guarded)('%s', async (name, route) => {
    for (const key of [null, 'nonsense', `af_live_${'0'.repeat(38)}`]) {
      const answer = await call(name, unknownIds[kindOf(route)] ?? '', key);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({
        error: { code: 'UNAUTHORIZED', message: 'Authentication required' },
      });
    }
  });
});

describe('a key without the scope is refused', () => {
  test.each(guarded.filter(([, route]) => route.scope !== 'any'))('%s', async (name, route) => {
    const lacking = await server.makeKey([route.scope === 'runner' ? 'runs:write' : 'runner']);
    const answer = await call(name, unknownIds[kindOf(route)] ?? '', lacking);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });
});

describe('another org’s id answers byte for byte as an unknown one', () => {
  test.each(withId)('%s', async (name, route) => {
    const kind = kindOf(route);
    const [theirs, unknown] = [foreign[kind] ?? '', unknownIds[kind] ?? ''];
    const answers = await Promise.all([theirs, unknown].map((id) => call(name, id, server.key)));
    expect(answers.map((answer) => answer.status)).toEqual([404, 404]);
    const [first, second] = await Promise.all(answers.map((answer) => answer.text()));
    expect(first).toBe(second);
  });
});
