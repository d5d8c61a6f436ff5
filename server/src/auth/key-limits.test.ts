import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ApiKey, CreateApiKey, CreatedApiKey, ErrorEnvelope, Run } from '@agentfleet/contract';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { machine } from '../testing/machine.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { Shares } from './shares.js';

let postgres: TestPostgres;
let server: TestServer;
/** On the same database. */
let other: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url });
  other = await startTestServer({ databaseUrl: postgres.url });
});
afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
  await postgres.stop();
});
afterEach(() => {
  vi.useRealTimers();
});

async function keyWith(limits: CreateApiKey['limits'], scopes = ['runs:write', 'runs:read']) {
  const answer = await server.call('POST', '/api/v1/api-keys', { body: { name: 'limited', scopes, limits } });
  expect(answer.status).toBe(201);
  return (await answer.json()) as CreatedApiKey;
}

const get = (key: string, path = '/queue') => server.call('GET', `/api/v1${path}`, { key });
const launch = (key: string, on = server, headers: Record<string, string> = {}) =>
  on.call('POST', '/api/v1/runs', { key, headers, body: { prompt: 'do it', cwd: '/code' } });

/** Refused as beyond a limit, with the words that say which and when it is worth trying again. */
async function expectRefused(answer: Response, words: RegExp): Promise<void> {
  expect(answer.status).toBe(429);
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60);
  const { error } = (await answer.json()) as ErrorEnvelope;
  expect(error).toEqual({ code: 'RATE_LIMITED', message: expect.stringMatching(words) });
}

test('a key has the limits it was made with, and none that it was not', async () => {
  const limits = { requestsPerMinute: 100, queuedRuns: null, openStreams: 2 };
  const made = await keyWith({ requestsPerMinute: 100, openStreams: 2 });
  expect(made.limits).toEqual(limits);
  const listed = (await (await get(server.key, '/api-keys')).json()) as { data: ApiKey[] };
  expect(listed.data.find(({ id }) => id === made.id)?.limits).toEqual(limits);
  expect(((await (await get(server.key, '/me')).json()) as { key: ApiKey }).key.limits).toEqual({
    ...{ requestsPerMinute: null, queuedRuns: null, openStreams: null },
  });
  for (const wrong of [{ queuedRuns: 0 }, { openStreams: 1.5 }, { requestsPerMinute: '5' }, { runs: 1 }]) {
    const body = { name: 'wrong', scopes: ['admin'], limits: wrong };
    expect((await server.call('POST', '/api/v1/api-keys', { body })).status).toBe(400);
  }
});

test('a key that may send three requests in a minute is refused the fourth, whatever it asks', async () => {
  const { key } = await keyWith({ requestsPerMinute: 3 });
  expect((await get(key)).status).toBe(200);
  expect((await get(key, '/api-keys')).status).toBe(403);
  expect((await get(key, '/runs/clr00000000')).status).toBe(404);
  await expectRefused(await get(key), /3 requests in a minute/);
  await expectRefused(await launch(key), /3 requests in a minute/);
  for (let nth = 0; nth < 5; nth += 1) expect((await get(server.key)).status).toBe(200);
});

test('a browser that signed in with a key uses the requests of that key', async () => {
  const { key } = await keyWith({ requestsPerMinute: 2 });
  const signedIn = await server.call('POST', '/api/v1/session', { key: null, body: { apiKey: key } });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const browse = () => server.call('GET', '/api/v1/queue', { key: null, headers: { cookie } });
  expect((await browse()).status).toBe(200);
  expect((await get(key)).status).toBe(200);
  await expectRefused(await browse(), /2 requests/);
});

test('who is at the end of a limit can still sign out', async () => {
  const { key } = await keyWith({ requestsPerMinute: 1 });
  const signedIn = await server.call('POST', '/api/v1/session', { key: null, body: { apiKey: key } });
  const { csrfToken } = (await signedIn.json()) as { csrfToken: string };
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const headers = { cookie, 'agentfleet-csrf': csrfToken };
  const browse = () => server.call('GET', '/api/v1/queue', { key: null, headers });
  expect((await browse()).status).toBe(200);
  await expectRefused(await browse(), /1 requests/);
  expect((await server.call('DELETE', '/api/v1/session', { key: null, headers })).status).toBe(200);
  expect((await browse()).status).toBe(401);
});

test('the minute begins with the first request, and the next one is whole again', async () => {
  vi.useFakeTimers();
  const shares = new Shares('key');
  const key = { id: 'key_1', limits: { requestsPerMinute: 2, queuedRuns: null, openStreams: null } };
  await shares.countRequest(key);
  vi.advanceTimersByTime(40_000);
  await shares.countRequest(key);
  await expect(shares.countRequest(key)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSec: 20 });
  vi.advanceTimersByTime(20_001);
  await shares.countRequest(key);
  await shares.countRequest(key);
  await expect(shares.countRequest(key)).rejects.toMatchObject({ retryAfterSec: 60 });
  await shares.countRequest({ ...key, id: 'key_2' });
});

test('a key may have so many sessions queued, follow-ups among them, and more once they are not', async () => {
  const { key } = await keyWith({ queuedRuns: 2 });
  const first = (await (await launch(key)).json()) as Run;
  const follow = () =>
    server.call('POST', `/api/v1/runs/${first.id}/followup`, { key, body: { prompt: 'and then' } });
  const second = await launch(key, other, { 'idempotency-key': 'second' });
  expect(second.status).toBe(201);
  await expectRefused(await launch(key), /2 sessions queued/);
  await expectRefused(await launch(key, other), /2 sessions queued/);
  await expectRefused(await follow(), /2 sessions queued/);
  // Of what was made before it is told again, and a refusal leaves its Idempotency-Key free.
  const again = await launch(key, server, { 'idempotency-key': 'second' });
  expect(await again.json()).toEqual(await second.json());
  await expectRefused(await launch(key, server, { 'idempotency-key': 'third' }), /2 sessions/);
  expect((await launch(server.key)).status).toBe(201);
  const { id } = (await (await launch((await keyWith({ queuedRuns: 1 })).key)).json()) as Run;
  expect(id).toMatch(/^clr/);
  await server.call('POST', `/api/v1/runs/${first.id}/cancel`);
  expect((await launch(key, server, { 'idempotency-key': 'third' })).status).toBe(201);
  await expectRefused(await launch(key), /2 sessions queued/);
});

test('of many sessions launched at once through two servers, as many are queued as the key may have', async () => {
  const { key } = await keyWith({ queuedRuns: 3 });
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, nth) => launch(key, nth % 2 === 0 ? server : other)),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array(3).fill(201), ...Array(13).fill(429)]);
});

test('what a runner takes is no longer queued: a key with a limit goes on as fast as runners do', async () => {
  const { key } = await keyWith({ queuedRuns: 1 });
  const headers = { 'agentfleet-protocol': '1' };
  const body = machine({ directories: ['/taken'], maxConcurrentRuns: 4 });
  const registered = await server.call('POST', '/api/v1/runners/register', { headers, body });
  const { id: runnerId } = (await registered.json()) as { id: string };
  const leases: { runId: string; token: string }[] = [];
  for (const cwd of ['/taken/a', '/taken/b']) {
    const claiming = server.call('POST', `/api/v1/runners/${runnerId}/claim`, {
      headers,
      body: { leases, slots: 1, waitSec: 20 },
    });
    const made = await server.call('POST', '/api/v1/runs', { key, body: { prompt: 'do it', cwd } });
    expect(made.status).toBe(201);
    const { runs } = (await (await claiming).json()) as {
      runs: { id: string; token: string }[];
    };
    expect(runs.map(({ id }) => id)).toEqual([((await made.json()) as Run).id]);
    leases.push(...runs.map(({ id, token }) => ({ runId: id, token })));
  }
});

test('a stream whose viewer went away before it began gives its share back', async () => {
  const { id } = (await (await launch(server.key)).json()) as Run;
  const { key } = await keyWith({ openStreams: 1 });
  const { hostname, port } = new URL(server.url);
  for (let nth = 0; nth < 5; nth += 1) {
    const socket = connect(Number(port), hostname);
    const head = [`GET /api/v1/runs/${id}/events HTTP/1.1`, `Host: ${hostname}:${port}`];
    head.push(`Authorization: Bearer ${key}`, 'Accept: text/event-stream');
    await new Promise((written) => socket.write(`${head.join('\r\n')}\r\n\r\n`, written));
    socket.destroy();
  }
  const closing = new AbortController();
  const options = { key, headers: { accept: 'text/event-stream' }, signal: closing.signal };
  await expect
    .poll(async () => (await server.call('GET', `/api/v1/runs/${id}/events`, options)).status)
    .toBe(200);
  closing.abort();
});

test('a key may have so many streams open at a server, and another once one is closed', async () => {
  const { id } = (await (await launch(server.key)).json()) as Run;
  const { key } = await keyWith({ openStreams: 2 });
  const watch = (method = 'GET') => {
    const closing = new AbortController();
    const headers = { accept: 'text/event-stream' };
    const { signal } = closing;
    const asked = server.call(method, `/api/v1/runs/${id}/events`, { key, headers, signal });
    return asked.then((answer) => ({ answer, close: () => closing.abort() }));
  };
  const streams = [await watch(), await watch()];
  expect(streams.map(({ answer }) => answer.status)).toEqual([200, 200]);
  await expectRefused((await watch()).answer, /2 streams open/);
  // What is no stream is none.
  expect((await watch('HEAD')).answer.status).toBe(200);
  expect((await get(key, `/runs/${id}/events`)).status).toBe(200);
  streams[0]?.close();
  await expect
    .poll(async () => {
      const { answer, close } = await watch();
      if (answer.status !== 200) close();
      return answer.status;
    })
    .toBe(200);
  await expectRefused((await watch()).answer, /2 streams open/);
  for (const { close } of streams) close();
});

test('the operators’ command line makes a key with limits, and refuses one that is none', async () => {
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  const env = { ...process.env, DATABASE_URL: postgres.url };
  const create = (...limits: string[]) => {
    const args = [
      'create-key',
      '--org',
      server.orgId,
      '--name',
      'by hand',
      '--scopes',
      'runs:read',
      ...limits,
    ];
    return promisify(execFile)(process.execPath, [cli, ...args], { env });
  };
  const { stdout } = await create('--requests-per-minute', '2', '--open-streams', '3');
  const [key = ''] = /af_live_\w+/.exec(stdout) ?? [];
  const me = (await (await get(key, '/me')).json()) as { key: ApiKey };
  expect(me.key.limits).toEqual({ requestsPerMinute: 2, queuedRuns: null, openStreams: 3 });
  expect((await get(key)).status).toBe(200);
  await expectRefused(await get(key), /2 requests/);
  for (const wrong of ['0', 'many']) {
    await expect(create(`--queued-runs=${wrong}`)).rejects.toMatchObject({
      stderr: expect.stringContaining('--queued-runs must be a number'),
    });
  }
});
