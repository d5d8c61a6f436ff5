import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { opened, signInAt } from '../testing/sign-in.js';
import { createApiKey } from './api-keys.js';

let server: TestServer;
let at: ReturnType<typeof signInAt>;
beforeAll(async () => {
  server = await startTestServer();
  at = signInAt(server);
});
afterAll(() => server.close());

/** A runner that enrolled with a key of scope runner, and what its window was given. */
async function computer(scopes: string[] = [], opener?: string) {
  const key = opener ?? (await server.makeKey(['runner']));
  const runner = await RunnerClient.enrolled(server, key);
  const window = (await opened(await at.open(runner.id, runner.key, scopes, key))).key;
  const ask = (method: string, path: string, body?: object) =>
    server.call(method, `/api/v1${path}`, { key: window.key, ...(body && { body }) });
  const asks = async (token: string, runId: string) => {
    const asked = { requestId: 'r1', tool: 'Bash', message: 'Bash ls', input: { command: 'ls' } };
    const body = { token, ...asked, toolUseId: null, sessionGrant: null, waitSec: 60 };
    return (await runner.say<{ id: string }>(`/runs/${runId}/approvals`, body)).id;
  };
  return { key, runner, window, ask, asks };
}
const idsIn = async (answer: Response) =>
  ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);

test('with a runner’s key alone the window sees, answers and cancels the sessions of its own runner', async () => {
  const { runner, ask, asks } = await computer();
  const run = await runner.startsRun();
  expect(await idsIn(await ask('GET', '/runs'))).toEqual([run.id]);
  expect((await ask('GET', `/runs/${run.id}`)).status).toBe(200);
  expect((await ask('GET', `/runs/${run.id}/events`)).status).toBe(200);
  const approval = await asks(run.token, run.id);
  expect(await idsIn(await ask('GET', '/approvals?state=waiting'))).toEqual([approval]);
  expect((await ask('POST', `/approvals/${approval}/decision`, { decision: 'allow' })).status).toBe(200);
  expect((await ask('POST', `/runs/${run.id}/cancel`, {})).status).toBe(200);
  expect(await idsIn(await ask('GET', '/runners'))).toEqual([runner.id]);
  expect((await ask('POST', `/runners/${runner.id}/pause`, {})).status).toBe(200);
});

test('it has nothing of other runners, launches nothing and makes no keys', async () => {
  const [own, other] = [await computer(), await computer()];
  const run = await other.runner.startsRun();
  const approval = await other.asks(run.token, run.id);
  const unknown = `clr${'0'.repeat(22)}`;
  for (const path of ['', '/events', '/events/1/images/0']) {
    const [theirs, none] = await Promise.all(
      [run.id, unknown].map((id) => own.ask('GET', `/runs/${id}${path}`)),
    );
    expect(theirs?.status).toBe(404);
    if (path !== '/events/1/images/0') expect(await theirs?.text()).toBe(await none?.text());
  }
  expect((await own.ask('POST', `/runs/${run.id}/cancel`, {})).status).toBe(404);
  expect((await own.ask('GET', `/approvals/${approval}`)).status).toBe(404);
  expect((await own.ask('POST', `/approvals/${approval}/decision`, { decision: 'allow' })).status).toBe(404);
  expect((await own.ask('GET', `/runners/${other.runner.id}`)).status).toBe(404);
  expect((await own.ask('POST', `/runners/${other.runner.id}/pause`, {})).status).toBe(404);
  const lists = [
    '/runs',
    `/runs?runnerId=${other.runner.id}`,
    `/runs?ids=${run.id}`,
    `/runs?threadId=${run.id}`,
  ];
  for (const list of [...lists, '/approvals', `/approvals?runId=${run.id}`])
    expect(await idsIn(await own.ask('GET', list))).toEqual([]);
  for (const path of ['/queue', '/usage', '/api-keys', '/sign-ins/BBBB-BBBB'])
    expect((await own.ask('GET', path)).status).toBe(403);
  expect((await own.ask('POST', '/runs', { prompt: 'go', cwd: '/code' })).status).toBe(403);
  expect((await own.ask('POST', `/runs/${run.id}/followup`, { prompt: 'go' })).status).toBe(403);
  expect((await own.ask('DELETE', `/runs/${run.id}`)).status).toBe(403);
  expect((await at.open(own.runner.id, own.runner.key, [], own.window.key)).status).toBe(403);
});

test('it is told what changes at its own runner, and nothing else', async () => {
  const [own, other] = [await computer(), await computer()];
  const headers = { accept: 'text/event-stream' };
  const closing = new AbortController();
  const { signal } = closing;
  const { body } = await server.call('GET', '/api/v1/stream', { key: own.window.key, headers, signal });
  let text = '';
  const read = async () => {
    for await (const chunk of body ?? []) text += Buffer.from(chunk).toString();
  };
  const closed = read().catch(() => undefined);
  const theirs = await other.runner.startsRun();
  const mine = await own.runner.startsRun();
  await expect.poll(() => text).toContain(mine.id);
  expect(text).not.toContain(theirs.id);
  expect(text).not.toContain(other.runner.id);
  closing.abort();
  await closed;
});

test('a window is opened with an API key by the runner’s machine alone', async () => {
  const { runner, key } = await computer();
  const other = await computer();
  const foreign = await RunnerClient.enrolled(
    server,
    await server.makeKey(['admin'], await server.makeOrg()),
  );
  for (const credential of ['nonsense', key, other.runner.key, foreign.key, other.window.key])
    expect((await at.open(runner.id, credential, [], server.key)).status).toBe(404);
  expect((await at.open(foreign.id, foreign.key, [], server.key)).status).toBe(404);
  // Who finds it on the disk.
  expect((await at.open(runner.id, runner.key, [], runner.key)).status).toBe(403);
  expect((await at.open(runner.id, runner.key, ['runs:read'], key)).status).toBe(403);
});

test('opened again it is the same one in the list, with another secret, also when two do it at once', async () => {
  const { runner, key, window } = await computer();
  const again = await Promise.all([1, 2].map(() => at.open(runner.id, runner.key, [], key).then(opened)));
  expect(new Set(again.map((one) => one.key.id))).toEqual(new Set([window.id]));
  const all = [window.key, ...again.map((one) => one.key.key)];
  const works = async (one: string) => (await server.call('GET', '/api/v1/me', { key: one })).status === 200;
  await expect.poll(async () => (await Promise.all(all.map(works))).filter(Boolean).length).toBe(1);
  await server.call('DELETE', `/api/v1/api-keys/${window.id}`);
  const next = await opened(await at.open(runner.id, runner.key, [], key));
  expect(next.key.id).not.toBe(window.id);
  expect(await works(next.key.key)).toBe(true);
});

test('a window lasts no longer and asks for no more than the key that opens it', async () => {
  const expiresAt = new Date(server.database.now() + 3_600_000).toISOString();
  const { key } = await createApiKey(server.database, server.orgId, {
    ...{ name: 'short', scopes: ['runner', 'runs:read'], expiresAt, limits: { requestsPerMinute: 60 } },
  });
  const { window } = await computer(['runs:read'], key);
  expect(window).toMatchObject({ expiresAt, limits: { requestsPerMinute: 60 }, scopes: ['runs:read'] });
});

test('a runner that is forgotten takes its window along', async () => {
  const { runner, window } = await computer();
  expect((await server.call('DELETE', `/api/v1/runners/${runner.id}`)).status).toBe(200);
  expect((await server.call('GET', '/api/v1/me', { key: window.key })).status).toBe(401);
});
