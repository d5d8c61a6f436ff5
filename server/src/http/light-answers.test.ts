import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { CreatedApiKey, Run } from '@agentfleet/contract';
import Koa from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machine } from '../testing/machine.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import type { State } from './context.js';
import { lightAnswers } from './light-answers.js';

let server: TestServer;
let run: Run;
const prompt = 'say it again. '.repeat(1_000);
beforeAll(async () => {
  server = await startTestServer();
  run = await launch(prompt);
});
afterAll(() => server.close());

async function launch(text: string): Promise<Run> {
  const made = await server.call('POST', '/api/v1/runs', { body: { prompt: text, cwd: '/code' } });
  return (await made.json()) as Run;
}

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: object;
  key?: string | null;
}

/** One request as it goes over the wire: fetch would decompress. */
function ask(path: string, { method = 'GET', headers = {}, body, key = server.key }: Asked = {}) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; bytes: Buffer }>((resolve, reject) => {
    const sent = {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    };
    const asking = request(server.url + path, { method, headers: sent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(chunks) });
      });
    });
    asking.on('error', reject).end(body && JSON.stringify(body));
  });
}

const accepting = (coding: string) => ({ 'accept-encoding': coding });
const whole = () => `/api/v1/runs/${run.id}`;

test('an answer is compressed as the caller takes it, and is the same', async () => {
  const plain = await ask(whole());
  expect(plain.headers).toMatchObject({ vary: expect.stringContaining('Accept-Encoding') });
  expect(plain.headers).not.toHaveProperty('content-encoding');
  expect(JSON.parse(plain.bytes.toString())).toMatchObject({ id: run.id, input: prompt });
  for (const [accepted, coding, read] of [
    ['br', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['br;q=0.1, gzip', 'gzip', gunzipSync],
  ] as const) {
    const packed = await ask(whole(), { headers: accepting(accepted) });
    expect(packed.headers['content-encoding']).toBe(coding);
    expect(packed.headers.vary).toContain('Accept-Encoding');
    expect(packed.headers['content-type']).toBe(plain.headers['content-type']);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 10);
    expect(Number(packed.headers['content-length'])).toBe(packed.bytes.length);
    expect(read(packed.bytes).equals(plain.bytes)).toBe(true);
    expect(packed.headers.etag).toBe(plain.headers.etag);
  }
  const created = { method: 'POST', body: { prompt, cwd: '/code' }, headers: accepting('gzip') };
  expect((await ask('/api/v1/runs', created)).headers['content-encoding']).toBe('gzip');
});

test('what is small, or no caller takes compressed, is sent as it is', async () => {
  for (const [path, accepted] of [
    ['/api/v1/queue', 'br'],
    ['/healthz', 'gzip'],
    [whole(), 'deflate'],
    [whole(), 'identity, br;q=0.5'],
    [whole(), '*;q=0'],
  ] as const) {
    const { status, headers, bytes } = await ask(path, { headers: accepting(accepted) });
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('content-encoding');
    expect(() => JSON.parse(bytes.toString())).not.toThrow();
  }
});

test('HEAD has the headers of GET, and no body', async () => {
  for (const coding of ['identity', 'gzip', 'br']) {
    for (const path of [whole(), '/docs/swagger-ui.css', '/api/v1/openapi.json']) {
      const got = await ask(path, { headers: accepting(coding) });
      const { status, headers, bytes } = await ask(path, { method: 'HEAD', headers: accepting(coding) });
      expect(status).toBe(200);
      expect(bytes).toHaveLength(0);
      for (const name of [
        'content-encoding',
        'content-length',
        'content-type',
        'etag',
        'vary',
        'cache-control',
      ]) {
        expect(headers[name], `${name} of ${path} as ${coding}`).toBe(got.headers[name]);
      }
    }
  }
});

test('what the caller has already is answered 304 without it, as long as it is the same', async () => {
  const path = `/api/v1/runs?cwd=/changes`;
  await server.call('POST', '/api/v1/runs', { body: { prompt: 'first', cwd: '/changes' } });
  const first = await ask(path, { headers: accepting('br') });
  const { etag = '' } = first.headers;
  expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
  expect(first.headers['cache-control']).toBe('private, no-cache');
  for (const known of [etag, `"other", ${etag}`, etag.replace('W/', '')]) {
    for (const method of ['GET', 'HEAD']) {
      const again = await ask(path, { method, headers: { 'if-none-match': known, ...accepting('gzip') } });
      expect(again.status).toBe(304);
      expect(again.bytes).toHaveLength(0);
      expect(again.headers).toMatchObject({ etag, 'cache-control': 'private, no-cache' });
      expect(again.headers.vary).toContain('Accept-Encoding');
      for (const name of ['content-encoding', 'content-type', 'content-length'])
        expect(again.headers).not.toHaveProperty(name);
    }
  }
  await server.call('POST', '/api/v1/runs', { body: { prompt: 'second', cwd: '/changes' } });
  const changed = await ask(path, { headers: { 'if-none-match': etag } });
  expect(changed.status).toBe(200);
  expect(changed.headers.etag).not.toBe(etag);
  const other = await server.makeKey(['admin'], await server.makeOrg());
  const foreign = await ask(whole(), { key: other, headers: { 'if-none-match': '*' } });
  expect(foreign.status).toBe(404);
  expect(foreign.headers).toMatchObject({ 'cache-control': 'no-store' });
  expect(foreign.headers).not.toHaveProperty('etag');
});

test('an answer with a secret is neither compressed nor kept, however long it is', async () => {
  const headers = accepting('br, gzip');
  const long = 'x'.repeat(100);
  const directories = Array.from({ length: 20 }, (_, n) => `/${long}/${n}`);
  const body = { name: long, scopes: ['runner'], enrolment: { directories } };
  const made = await ask('/api/v1/api-keys', { method: 'POST', headers, body });
  const { key } = JSON.parse(made.bytes.toString()) as CreatedApiKey;
  expect(made.bytes.length).toBeGreaterThan(2_000);
  const session = await ask('/api/v1/session', { method: 'POST', headers, key: null, body: { apiKey: key } });
  const cookie = (session.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
  const again = await ask('/api/v1/session', {
    key: null,
    headers: { cookie, 'if-none-match': '*', ...headers },
  });
  expect(JSON.parse(again.bytes.toString())).toHaveProperty('csrfToken');
  for (const answer of [made, session, again]) {
    expect(answer.bytes.length).toBeGreaterThan(1_024);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
    for (const name of ['content-encoding', 'etag']) expect(answer.headers).not.toHaveProperty(name);
  }
  const listed = await ask('/api/v1/api-keys', { headers });
  expect(listed.headers['content-encoding']).toBe('br');
});

test('a runner’s claim is sent as it is, and a stream of events compressed', async () => {
  const runner = { 'agentfleet-protocol': '1', ...accepting('gzip') };
  const registered = await ask('/api/v1/runners/register', {
    method: 'POST',
    headers: runner,
    body: machine({ directories: ['/claims'] }),
  });
  const { id } = JSON.parse(registered.bytes.toString()) as { id: string };
  await server.call('POST', '/api/v1/runs', { body: { prompt, cwd: '/claims' } });
  const claim = { method: 'POST', headers: runner, body: { leases: [], slots: 1 } };
  const claimed = await ask(`/api/v1/runners/${id}/claim`, claim);
  expect(claimed.headers).not.toHaveProperty('content-encoding');
  expect(JSON.parse(claimed.bytes.toString()).runs[0].input).toBe(prompt);
  await server.call('POST', `${whole()}/cancel`);
  const stream = await ask(`${whole()}/events`, {
    headers: { accept: 'text/event-stream', ...accepting('br') },
  });
  expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  expect(stream.headers['content-encoding']).toBe('br');
  expect(stream.headers.vary).toContain('Accept-Encoding');
  expect(brotliDecompressSync(stream.bytes).toString()).toContain('event: end');
});

test('a file that the build left as it is gets compressed too, and is not sent again to who has it', async () => {
  const path = '/docs/swagger-ui-bundle.js';
  const plain = await ask(path);
  const packed = await ask(path, { headers: accepting('gzip') });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
  const again = await ask(path, { headers: { 'if-none-match': packed.headers.etag ?? '' } });
  expect(again.status).toBe(304);
});

test('what forbids to be changed, is compressed already, or has no content is left alone', async () => {
  const app = new Koa<State>();
  app.use(lightAnswers);
  app.use((context) => {
    context.set('Cache-Control', context.path === '/kept' ? 'public, No-Transform' : 'no-store');
    if (context.path === '/packed') context.set('Content-Encoding', 'x-own');
    context.type = context.path === '/image' ? 'image/png' : 'text/plain';
    context.body = context.path === '/nothing' ? null : prompt;
  });
  const http = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const askThere = async (path: string) => {
    const answer = await fetch(url + path, { headers: { 'accept-encoding': 'gzip' } });
    return [answer.status, answer.headers.get('content-encoding'), (await answer.text()).length];
  };
  expect(await askThere('/else')).toEqual([200, 'gzip', prompt.length]);
  expect(await askThere('/kept')).toEqual([200, null, prompt.length]);
  expect(await askThere('/packed')).toEqual([200, 'x-own', prompt.length]);
  expect(await askThere('/image')).toEqual([200, null, prompt.length]);
  expect(await askThere('/nothing')).toEqual([204, null, 0]);
  http.close();
});
