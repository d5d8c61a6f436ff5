import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Prisma } from '../db/generated/client.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const good = { prompt: 'add a health check route', cwd: '/home/you/code/api' };
const launch = (body: unknown, headers: Record<string, string> = {}) =>
  server.call('POST', '/api/v1/runs', { body, headers });

async function refusal(answer: Response) {
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  return { status: answer.status, ...error };
}

async function count(): Promise<number> {
  return server.database.prisma.run.count({ where: { orgId: server.orgId } });
}

test('the documented request gets the documented answer', async () => {
  const body = { ...good, cwd: 'C:\\Users\\you\\code\\api', permissionMode: 'acceptEdits' };
  const answer = await launch(body);
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({
    id: expect.stringMatching(/^clr/),
    status: 'QUEUED',
    input: body.prompt,
    cwd: body.cwd,
    permissionMode: 'acceptEdits',
  });
});

test.each([
  ['an empty body', '', 400, 'INVALID_JSON', 'empty'],
  ['broken JSON', '{"prompt":', 400, 'INVALID_JSON', 'not valid JSON'],
  ['a list', '[]', 400, 'VALIDATION_FAILED', 'object'],
  ['a prompt of a wrong type', { ...good, prompt: 7 }, 400, 'VALIDATION_FAILED', 'prompt'],
  ['a missing prompt', { cwd: '/code' }, 400, 'VALIDATION_FAILED', 'prompt'],
  ['a blank prompt', { ...good, prompt: ' \n' }, 400, 'VALIDATION_FAILED', 'prompt'],
  ['an unknown field', { ...good, colour: 'red' }, 400, 'VALIDATION_FAILED', 'unknown field: colour'],
  ['a NUL byte', { ...good, prompt: 'a\0b' }, 400, 'VALIDATION_FAILED', 'NUL'],
  ['a lone surrogate', { ...good, prompt: 'a\ud800' }, 400, 'VALIDATION_FAILED', 'prompt'],
  ['a relative cwd', { ...good, cwd: 'code/api' }, 400, 'VALIDATION_FAILED', 'absolute'],
  ['a drive-relative cwd', { ...good, cwd: 'C:code' }, 400, 'VALIDATION_FAILED', 'absolute'],
  ['shell characters in the model', { ...good, model: 'a;rm -rf /' }, 400, 'VALIDATION_FAILED', 'model'],
  ['an option as the model', { ...good, model: '--help' }, 400, 'VALIDATION_FAILED', 'model'],
  ['an unknown mode', { ...good, permissionMode: 'yolo' }, 400, 'VALIDATION_FAILED', 'permissionMode'],
  ['an unknown runner', { ...good, runnerId: `run_${'0'.repeat(20)}` }, 404, 'NOT_FOUND', 'runner'],
] as const)('%s is refused and nothing is queued', async (_what, body, status, code, message) => {
  const before = await count();
  const refused = await refusal(await launch(body));
  expect(refused).toMatchObject({ status, code });
  expect(refused.message).toContain(message);
  expect(await count()).toBe(before);
});

test('a body of 20 MB is refused, also when it was small before decompression', async () => {
  const huge = JSON.stringify({ ...good, prompt: 'x'.repeat(20_000_000) });
  expect(await refusal(await launch(huge))).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  const zipped = await fetch(`${server.url}/api/v1/runs`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.key}`,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    },
    body: gzipSync(huge),
  });
  expect(await refusal(zipped)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
});

test('a body that does not say its length is refused as soon as it is too long', async () => {
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
  });
  const answer = await fetch(`${server.url}/api/v1/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: endless,
    duplex: 'half',
  } as RequestInit);
  expect(await refusal(answer)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
});

test('a body that is not JSON by its type is 415', async () => {
  const answer = await launch('prompt=x', { 'content-type': 'application/x-www-form-urlencoded' });
  expect(await refusal(answer)).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
});

test.each([
  ['/api/v1/runs?cursor=nonsense', 'cursor'],
  ['/api/v1/runs?limit=0', 'limit'],
  ['/api/v1/runs?status=NOPE', 'status'],
  ['/api/v1/runs?colour=red', 'colour'],
  ['/api/v1/api-keys?cursor=nonsense', 'cursor'],
  [`/api/v1/api-keys?cursor=key_${'0'.repeat(20)}`, 'cursor'],
  ['RUN/events?after=-1', 'after'],
  ['RUN/events?after=x', 'after'],
])('%s is refused by name', async (path, name) => {
  const { id } = (await (await launch(good)).json()) as { id: string };
  const answer = await server.call('GET', path.replace('RUN', `/api/v1/runs/${id}`));
  const refused = await refusal(answer);
  expect(refused).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  expect(refused.message).toContain(name);
});

test.each([
  ['GET', '/api/v1/runs/..%2f..%2fetc'],
  ['GET', '/api/v1/nope'],
  ['POST', '/api/v1/nope'],
  ['POST', '/nope'],
  ['GET', '/assets/nope.js'],
])('%s %s is 404 in the envelope', async (method, path) => {
  expect(await refusal(await server.call(method, path))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});

test.each([
  ['DELETE', '/api/v1/runs', 'HEAD, GET, POST'],
  ['DELETE', '/api/v1/queue', 'HEAD, GET'],
  ['GET', `/api/v1/runs/clr${'0'.repeat(22)}/cancel`, 'POST'],
  ['POST', '/healthz', 'HEAD, GET'],
])('%s %s is 405 and says what is allowed', async (method, path, allowed) => {
  const answer = await server.call(method, path);
  expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(allowed.split(', ').sort());
  expect(await refusal(answer)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
});

test('a body may begin with a byte order mark, and must be UTF-8', async () => {
  const headers = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' };
  const post = (body: Uint8Array<ArrayBuffer>) =>
    fetch(`${server.url}/api/v1/runs`, { method: 'POST', headers, body });
  expect((await post(new TextEncoder().encode(`\uFEFF${JSON.stringify(good)}`))).status).toBe(201);
  const broken = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
  expect(await refusal(await post(new Uint8Array(broken)))).toMatchObject({
    status: 400,
    code: 'INVALID_JSON',
    message: 'The body is not UTF-8',
  });
});

test('a revoked key is refused at once', async () => {
  const created = await server.call('POST', '/api/v1/api-keys', {
    body: { name: 'ci', scopes: ['runs:read'] },
  });
  const { id, key } = (await created.json()) as { id: string; key: string };
  expect((await server.call('GET', '/api/v1/me', { key })).status).toBe(200);
  expect((await server.call('DELETE', `/api/v1/api-keys/${id}`)).status).toBe(200);
  expect((await server.call('GET', '/api/v1/me', { key })).status).toBe(401);
});

test('a key is shown once, and neither it nor a prompt is in the database’s key row or in the log', async () => {
  const body = { name: 'ci', scopes: ['runs:read'] };
  const { key } = (await (await server.call('POST', '/api/v1/api-keys', { body })).json()) as { key: string };
  await launch({ ...good, prompt: 'a very secret prompt' });
  const listed = await (await server.call('GET', '/api/v1/api-keys')).text();
  const rows = JSON.stringify(await server.database.prisma.apiKey.findMany());
  for (const place of [listed, rows, server.logged.join('')]) {
    expect(place).not.toContain(key);
    expect(place).not.toContain('a very secret prompt');
  }
  expect(server.logged.join('')).toContain('"route":"/api/v1/runs"');
});

test('cancelling a finished run is 409', async () => {
  const { id } = (await (await launch(good)).json()) as { id: string };
  const cancel = () => server.call('POST', `/api/v1/runs/${id}/cancel`, { body: {} });
  expect(await (await cancel()).json()).toMatchObject({ status: 'CANCELLED' });
  expect(await refusal(await cancel())).toMatchObject({ status: 409, code: 'RUN_FINISHED' });
});

test('the same Idempotency-Key and body launch once; another body is refused', async () => {
  const headers = { 'idempotency-key': 'deploy-42' };
  const first = await launch(good, headers);
  const again = await launch(good, headers);
  expect(again.status).toBe(201);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await again.json()).toEqual(await first.json());
  const other = await launch({ ...good, prompt: 'other' }, headers);
  expect(await refusal(other)).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' });
});

test('a launch whose server died before it answered is the same run when it is repeated, at once or much later', async () => {
  const headers = { 'idempotency-key': 'deploy-44' };
  const { id } = (await (await launch(good, headers)).json()) as { id: string };
  const where = { orgId_key: { orgId: server.orgId, key: 'deploy-44' } };
  const unanswered = { status: null, response: Prisma.DbNull };
  for (const createdAt of [new Date(), new Date(Date.now() - 10 * 60_000)]) {
    await server.database.prisma.idempotencyKey.update({ where, data: { ...unanswered, createdAt } });
    expect(await (await launch(good, headers)).json()).toMatchObject({ id });
  }
});

test('a refused request leaves its Idempotency-Key free', async () => {
  const headers = { 'idempotency-key': 'deploy-43' };
  expect((await launch({ ...good, runnerId: `run_${'0'.repeat(20)}` }, headers)).status).toBe(404);
  expect((await launch({ ...good, runnerId: `run_${'0'.repeat(20)}` }, headers)).status).toBe(404);
});

test.each([
  ['a page from elsewhere that rebound its name', '/healthz', { host: 'evil.example' }, 403],
  [
    'one that pretends to be a proxy',
    '/healthz',
    { host: 'evil.example', 'x-forwarded-for': '10.0.0.1' },
    403,
  ],
  ['a request for another server', 'http://[elsewhere', {}, 404],
])('%s is refused', async (_what, path, headers, expected) => {
  const status = await new Promise((resolve, reject) => {
    const asked = request(server.url, { path, headers });
    asked.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    asked.end();
  });
  expect(status).toBe(expected);
});

test('an outdated runner is told to update', async () => {
  const { key } = server;
  const answer = await server.call('POST', '/api/v1/runners/register', { key, body: {} });
  expect(await refusal(answer)).toMatchObject({ status: 426, code: 'RUNNER_OUTDATED' });
});

test('a browser signs in with a key, must send its token, and signing out ends the session', async () => {
  const signIn = await server.call('POST', '/api/v1/session', { key: null, body: { apiKey: server.key } });
  const cookie = signIn.headers.getSetCookie()[0] ?? '';
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
  const { csrfToken } = (await signIn.json()) as { csrfToken: string };
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  const post = (more: Record<string, string>) =>
    server.call('POST', '/api/v1/runs', { key: null, body: good, headers: { ...headers, ...more } });
  expect((await server.call('GET', '/api/v1/me', { key: null, headers })).status).toBe(200);
  expect((await post({})).status).toBe(403);
  expect((await post({ 'agentfleet-csrf': csrfToken })).status).toBe(201);
  const out = { key: null, headers: { ...headers, 'agentfleet-csrf': csrfToken } };
  expect((await server.call('DELETE', '/api/v1/session', out)).status).toBe(200);
  expect((await server.call('GET', '/api/v1/me', { key: null, headers })).status).toBe(401);
});

test('the reference page and the dashboard load nothing from elsewhere', async () => {
  const page = await server.call('GET', '/docs', { key: null });
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(await page.text()).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect((await server.call('GET', '/docs/swagger-ui-bundle.js', { key: null })).status).toBe(200);
});

test.each([
  ['an answer', 'GET', '/api/v1/me', {}],
  ['a refusal', 'GET', '/api/v1/nope', {}],
  ['a body that is refused', 'POST', '/api/v1/runs', { 'content-type': 'application/json' }],
  ['a page', 'GET', '/docs', {}],
  ['the dashboard', 'GET', '/', { accept: 'text/html' }],
  ['an event stream', 'GET', 'STREAM', { accept: 'text/event-stream' }],
])('%s carries a request id, which finds its line in the log', async (_what, method, path, headers) => {
  const { id } = (await (await launch(good)).json()) as { id: string };
  await server.call('POST', `/api/v1/runs/${id}/cancel`, { body: {} });
  const answer = await server.call(method, path.replace('STREAM', `/api/v1/runs/${id}/events`), { headers });
  const requestId = answer.headers.get('x-request-id') ?? '';
  expect(requestId).toMatch(/^req_[0-9a-f]{32}$/);
  await answer.text();
  await expect.poll(() => server.logged.some((line) => line.includes(requestId))).toBe(true);
});

test.each([
  ['no prompt', {}],
  ['no prompt and a fresh session that is not asked for', { fresh: false }],
  ['a blank prompt, fresh or not', { fresh: true, prompt: ' ' }],
  ['a fresh that is no boolean', { prompt: 'go on', fresh: 'yes' }],
])('a follow-up with %s is refused, naming the field', async (_what, body) => {
  const { id } = (await (await launch(good)).json()) as { id: string };
  const before = await count();
  const refused = await refusal(await server.call('POST', `/api/v1/runs/${id}/followup`, { body }));
  expect(refused).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  expect(refused.message).toContain('prompt' in body && body.prompt !== ' ' ? 'fresh' : 'prompt');
  expect(await count()).toBe(before);
});

test('a fresh follow-up needs no prompt', async () => {
  const { id } = (await (await launch(good)).json()) as { id: string };
  const answer = await server.call('POST', `/api/v1/runs/${id}/followup`, { body: { fresh: true } });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ parentRunId: id, fresh: true, input: good.prompt });
});

test.each([
  '/api/v1/runs?q=%ff',
  '/api/v1/runs?%zz=1',
  '/api/v1/runs/%ff',
  '/api/v1/nothing/%E0%A4',
  '/healthz?x=%',
  '/sessions/%ff',
  '/%zz',
  '/?q=%ff',
])('%s is encoded wrongly, and answered as such whatever it asks for', async (path) => {
  expect(await refusal(await server.call('GET', path))).toEqual({
    status: 400,
    code: 'VALIDATION_FAILED',
    message: 'The address has percent-encoding that is not UTF-8',
  });
});

test('a parameter that takes a list is named as it was given', async () => {
  const { message } = await refusal(await server.call('GET', '/api/v1/runs?status=SUCCEEDED,nonsense'));
  expect(message).toMatch(/^status: must be one of /);
});
