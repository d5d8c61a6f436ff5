import { headers } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventLog } from '../eventlog/create-eventlog.js';
import { hasNginx, type Nginx, nginxExample, startNginx } from '../testing/nginx.js';
import { event, finishOf } from '../testing/org-with-queue.js';
import { RunnerClient } from '../testing/runner-client.js';
import { type CallOptions, startTestServer, type TestServer } from '../testing/server.js';
import { view } from '../testing/stream.js';

let server: TestServer;
let nginx: Nginx;
let runner: RunnerClient;
beforeAll(async () => {
  server = await startTestServer();
  runner = await RunnerClient.enrolled(server, server.key);
  if (hasNginx) nginx = await startNginx(Number(new URL(server.url).port));
});
afterAll(async () => {
  await nginx?.close();
  await server.close();
});

/** As `server.call`, through nginx. */
const call = (method: string, path: string, { key = server.key, headers, body, signal }: CallOptions = {}) =>
  fetch(nginx.url + path, {
    method,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_item, index) => event(from + index));

test('the example for nginx sends the public name with its port', () => {
  expect(nginxExample()).toContain('proxy_set_header X-Forwarded-Host $http_host;');
});

if (!hasNginx) console.log('behind nginx: SKIPPED, this machine has none');
test.skipIf(!hasNginx)(
  'what a session says is seen through nginx while it runs, and to its end',
  async () => {
    const run = await runner.startsRun();
    const log = createEventLog(server.database);
    const append = (from: number, to: number) =>
      log.append(server.orgId, run.id, { token: run.token, events: events(from, to) });
    const viewer = await view({ call }, run.id);
    await append(1, 2);
    await expect.poll(() => viewer.ids).toEqual(['1', '2']);
    await append(3, 3);
    await expect.poll(() => viewer.ids).toEqual(['1', '2', '3']);
    expect(viewer.end).toBeUndefined();
    await server.queue.finish(server.orgId, run.id, finishOf(run, events(1, 3)));
    await viewer.closed;
    expect(viewer.end).toBe('SUCCEEDED');
  },
);

test.skipIf(!hasNginx)(
  'a page that is signed in through nginx on a port of its own may launch sessions',
  async () => {
    const signedIn = await call('POST', '/api/v1/session', { key: null, body: { apiKey: server.key } });
    const { csrfToken } = (await signedIn.json()) as { csrfToken: string };
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const launch = (origin: string) =>
      call('POST', '/api/v1/runs', {
        key: null,
        body: { prompt: 'do it', cwd: '/code' },
        headers: { cookie, [headers.csrf]: csrfToken, origin },
      });
    expect((await launch(nginx.url)).status).toBe(201);
    expect((await launch('http://localhost:1')).status).toBe(403);
  },
);

test.skipIf(!hasNginx)('the largest batch of events that the server takes passes', async () => {
  const { id, token } = await runner.startsRun();
  const large = { data: { text: 'x'.repeat(900_000) } };
  const body = { token, events: events(1, 15).map((one) => ({ ...one, ...large })) };
  const answer = await call('POST', `/api/v1/runs/${id}/events`, {
    key: runner.key,
    body,
    headers: { [headers.runnerProtocol]: '1', [headers.runnerInstance]: runner.instance },
  });
  expect(answer.status).toBe(200);
});
