import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let cookie: string;
let csrf: string;
beforeAll(async () => {
  server = await startTestServer();
  const answer = await server.call('POST', '/api/v1/session', { key: null, body: { apiKey: server.key } });
  cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  csrf = ((await answer.json()) as { csrfToken: string }).csrfToken;
});
afterAll(() => server.close());

const launch = (headers: Record<string, string>) =>
  send('POST', '/api/v1/runs', headers, JSON.stringify({ prompt: 'do it', cwd: '/code' }));

/** A request of the browser session; fetch would not send these headers as they are. */
function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  text?: string,
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: {
          host: `${hostname}:${port}`,
          ...(text !== undefined && { 'content-type': 'application/json' }),
          cookie,
          'agentfleet-csrf': csrf,
          ...headers,
        },
      },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
      },
    );
    sent.on('error', reject).end(text);
  });
}

const port = () => new URL(server.url).port;

test('a request of a page of ours is taken, and one without an Origin, as older browsers send it', async () => {
  expect((await launch({})).status).toBe(201);
  expect((await launch({ origin: `http://localhost:${port()}` })).status).toBe(201);
  expect((await launch({ origin: `HTTP://LOCALHOST:${port()}` })).status).toBe(201);
});

test.each<[string, () => string]>([
  ['another site', () => 'https://evil.example'],
  ['no site at all, such as a sandboxed frame', () => 'null'],
  ['another port of this computer', () => `http://localhost:${Number(port()) + 1}`],
  ['this computer without the port', () => 'http://localhost'],
  ['another name of this computer', () => `http://127.0.0.1:${port()}`],
  ['a name that begins like ours', () => `http://localhost:${port()}.evil.example`],
  ['a name that ends like ours', () => `http://evil-localhost:${port()}`],
  ['our name as a user name', () => `http://localhost:${port()}@evil.example`],
  ['a scheme of something else', () => `ftp://localhost:${port()}`],
  ['an extension of the browser', () => `chrome-extension://localhost:${port()}`],
  ['nothing that can be read', () => `localhost:${port()}`],
])('a request with the cookie and the token that comes from %s is refused', async (_who, origin) => {
  const { status, body } = await launch({ origin: origin() });
  expect(status).toBe(403);
  expect(JSON.parse(body)).toMatchObject({
    error: { code: 'FORBIDDEN', message: expect.stringContaining('The request comes from another site') },
  });
});

test('behind a proxy the public name counts, and its scheme where the proxy says it', async () => {
  const forwarded = { 'x-forwarded-host': 'fleet.example', 'x-forwarded-proto': 'https' };
  expect((await launch({ ...forwarded, origin: 'https://fleet.example' })).status).toBe(201);
  expect((await launch({ ...forwarded, origin: 'http://fleet.example' })).status).toBe(403);
  expect((await launch({ ...forwarded, origin: 'https://fleet.example:8443' })).status).toBe(403);
  expect((await launch({ ...forwarded, origin: 'https://evil.example' })).status).toBe(403);
  const several = { 'x-forwarded-host': 'fleet.example, inner.example', 'x-forwarded-proto': 'https,http' };
  expect((await launch({ ...several, origin: 'https://fleet.example' })).status).toBe(201);
  expect((await launch({ ...several, origin: 'http://fleet.example' })).status).toBe(403);
  // One that does not say it, or says how it itself was reached behind another one.
  for (const proto of ['', 'http']) {
    const quiet = { 'x-forwarded-host': 'fleet.example', 'x-forwarded-proto': proto };
    expect((await launch({ ...quiet, origin: 'https://fleet.example' })).status).toBe(201);
  }
});

test('a request with a key is nobody’s cookie: it may come from anywhere', async () => {
  const headers = { authorization: `Bearer ${server.key}`, origin: 'https://evil.example' };
  expect((await launch({ ...headers, cookie: '', 'agentfleet-csrf': '' })).status).toBe(201);
});

test.each<[string, Record<string, string>]>([
  ['without the token', { 'agentfleet-csrf': '' }],
  ['with the token of somebody else', { 'agentfleet-csrf': 'x'.repeat(32) }],
])('a request of our own page %s is refused', async (_what, headers) => {
  expect((await launch({ origin: `http://localhost:${port()}`, ...headers })).status).toBe(403);
});

test('who has put a proxy in front is told what it must send', async () => {
  const headers = { origin: 'https://fleet.example:8443', 'x-forwarded-host': 'fleet.example' };
  const { status, body } = await launch({ ...headers, 'x-forwarded-proto': 'https' });
  expect(status).toBe(403);
  const { message } = (JSON.parse(body) as { error: { message: string } }).error;
  expect(message).toContain('https://fleet.example:8443');
  expect(message).toContain('reached as fleet.example.');
  expect(message).toContain('with its port, as X-Forwarded-Host');
  const withPort = { ...headers, 'x-forwarded-host': 'fleet.example:8443', 'x-forwarded-proto': 'https' };
  expect((await launch(withPort)).status).toBe(201);
});

test.each([
  ['a page of ours', { 'sec-fetch-site': 'same-origin' }, 200],
  ['a browser that does not say who asks', {}, 200],
  ['a page of another port of this computer', { 'sec-fetch-site': 'same-site' }, 403],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['an address that was typed', { 'sec-fetch-site': 'none' }, 403],
  ['a page of another port, as it says itself', { origin: 'http://localhost:1' }, 403],
])('the token of a session is given to pages of ours alone: %s', async (_who, headers, status) => {
  const answer = await send('GET', '/api/v1/session', headers);
  expect(answer.status).toBe(status);
  expect(answer.body.includes(csrf)).toBe(status === 200);
});
