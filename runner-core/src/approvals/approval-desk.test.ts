import type { ClaimedRun, RequestApproval } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PermissionRequest } from '../agents/agent.js';
import { ControlPlane } from '../control-plane/client.js';
import { TestControlApi } from '../testing/control-api.js';
import { ApprovalDesk } from './approval-desk.js';

const npmTest: PermissionRequest = {
  requestId: 'request-1',
  tool: 'Bash',
  message: 'Bash npm test',
  input: { command: 'npm test' },
  toolUseId: 'toolu_1',
  sessionGrant: 'Bash(npm test)',
};
const never = new AbortController().signal;

let api: TestControlApi;
let run: ClaimedRun;
let ending: AbortController;
let desk: ApprovalDesk;
let server: ControlPlane;

beforeEach(async () => {
  api = await new TestControlApi().listen();
  run = api.launch();
  ending = new AbortController();
  server = new ControlPlane({ url: api.url, apiKey: 'key', version: '1', mostBackOffMs: 50 });
  desk = new ApprovalDesk(server, run, ending.signal);
});
afterEach(async () => {
  ending.abort();
  await api.close();
});

const asked = () => api.requests('requestApproval').map(({ body }) => body as unknown as RequestApproval);
const waits = () => expect.poll(() => api.approval(run.id, 'request-1')?.state).toBe('waiting');

test('it asks once, and is settled by the word that comes with the commands', async () => {
  const settled = desk.ask(npmTest, 60, never);
  await waits();
  desk.decide('request-2', { decision: 'deny', decidedBy: 'eve' });
  const decision = { decision: 'allow', decidedBy: 'ann', forSession: true } as const;
  desk.decide('request-1', decision);
  expect(await settled).toEqual({ state: 'allowed', decision });
  expect(asked()).toEqual([{ token: run.token, ...npmTest, waitSec: 60 }]);
});

test('several wait at once, each for its own word', async () => {
  const settled = ['request-1', 'request-2'].map((requestId) =>
    desk.ask({ ...npmTest, requestId }, 60, never),
  );
  await expect.poll(() => asked().length).toBe(2);
  desk.decide('request-2', { decision: 'deny', decidedBy: 'ann' });
  desk.decide('request-1', { decision: 'allow', decidedBy: 'ann' });
  expect((await Promise.all(settled)).map(({ state }) => state)).toEqual(['allowed', 'denied']);
});

test('when its time is up the server says what became of it: its clock decides', async () => {
  api.fault = ({ route }) => {
    const approval = api.approval(run.id, 'request-1');
    if (route === 'requestApproval' && approval) approval.state = 'expired';
    return undefined;
  };
  expect(await desk.ask(npmTest, 0.02, never)).toEqual({ state: 'expired', decision: null });
  expect(asked()).toHaveLength(2);
});

test('a server that is away for a while is asked again, and one answer that is lost makes no second approval', async () => {
  let faults = 0;
  api.fault = ({ route }) => {
    if (route !== 'requestApproval') return undefined;
    faults += 1;
    if (faults === 1) return { status: 503, code: 'UNAVAILABLE' };
    return faults === 2 ? { status: 200, cut: true } : undefined;
  };
  const settled = desk.ask(npmTest, 60, never);
  await expect.poll(() => faults).toBe(3);
  const decision = { decision: 'deny', decidedBy: 'ann', reason: 'use pnpm' } as const;
  desk.decide('request-1', decision);
  expect(await settled).toEqual({ state: 'denied', decision });
});

test('a decision that comes while the server cannot be asked counts', async () => {
  api.fault = () => ({ status: 503, code: 'UNAVAILABLE' });
  const settled = desk.ask(npmTest, 60, never);
  await expect.poll(() => asked().length).toBeGreaterThan(1);
  desk.decide('request-1', { decision: 'allow', decidedBy: 'ann' });
  expect(await settled).toMatchObject({ state: 'allowed' });
});

test.each(['STALE_ATTEMPT', 'NOT_FOUND', 'FORBIDDEN'] as const)(
  'where the server answers %s nobody can be asked',
  async (code) => {
    api.fault = () => ({ status: 409, code });
    expect(await desk.ask(npmTest, 60, never)).toEqual({ state: 'unasked', decision: null });
  },
);

test('of a server that was away it is asked again, for it may have come back without it', async () => {
  const settled = desk.ask(npmTest, 60, never);
  await waits();
  await server.call('getMe', { signal: AbortSignal.abort() }).catch(() => undefined);
  expect(asked()).toHaveLength(1);
  await server.call('getMe').catch(() => undefined);
  await expect.poll(() => asked().length).toBe(2);
  desk.decide('request-1', { decision: 'allow', decidedBy: 'ann' });
  expect((await settled).state).toBe('allowed');
});

test('a session that no longer waits withdraws it, also when that has to be said twice', async () => {
  const leaving = new AbortController();
  const settled = desk.ask(npmTest, 60, leaving.signal);
  await waits();
  let faults = 0;
  api.fault = () => {
    faults += 1;
    return faults === 1 ? { status: 503, code: 'UNAVAILABLE' } : undefined;
  };
  leaving.abort();
  expect(await settled).toEqual({ state: 'withdrawn', decision: null });
  await expect.poll(() => api.approval(run.id, 'request-1')?.state).toBe('withdrawn');
});

test('a runner that goes leaves nobody waiting', async () => {
  const settled = desk.ask(npmTest, 60, never);
  await waits();
  ending.abort();
  expect(await settled).toMatchObject({ state: 'withdrawn' });
});
