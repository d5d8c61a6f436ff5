import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/server.js';
import { createApiKey } from './api-keys.js';
import { sha256 } from './authenticator.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const soon = 24 * 3_600_000;

/** A key that expires tomorrow; `expire` moves that into the past. */
async function keyWithExpiry() {
  const expiresAt = new Date(Date.now() + soon).toISOString();
  const { id, key } = await createApiKey(server.database, server.orgId, {
    name: 'for a day',
    scopes: ['admin'],
    expiresAt,
  });
  const expire = () =>
    server.database.prisma.apiKey.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } });
  return { id, key, expire };
}
const me = async (headers: Record<string, string>) =>
  (await server.call('GET', '/api/v1/me', { key: null, headers })).status;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function signIn(body: object): Promise<{ status: number; cookie: string }> {
  const answer = await server.call('POST', '/api/v1/session', { key: null, body });
  return { status: answer.status, cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
}

test('an expired key opens nothing: no request, no sign-in, no sign-in link', async () => {
  const { id, key, expire } = await keyWithExpiry();
  const code = server.signInCodes.issue(id);
  await expire();
  expect(await me(bearer(key))).toBe(401);
  expect((await signIn({ apiKey: key })).status).toBe(401);
  expect((await signIn({ code })).status).toBe(401);
});

test('a key ends at its time for who has used it a moment before, and so does a browser session made from it', async () => {
  const { key, expire } = await keyWithExpiry();
  const { cookie } = await signIn({ apiKey: key });
  expect([await me(bearer(key)), await me({ cookie })]).toEqual([200, 200]);
  await expire();
  // What was found of a key is believed for a second: docs/decisions/0010.
  await expect.poll(() => me(bearer(key)), { timeout: 5_000 }).toBe(401);
  expect(await me({ cookie })).toBe(401);
});

test('a stream and a long-poll end when the key that opened them has expired', async () => {
  const { key, expire } = await keyWithExpiry();
  const run = { prompt: 'do it', cwd: '/code' };
  const { id } = (await (await server.call('POST', '/api/v1/runs', { body: run })).json()) as { id: string };
  const stream = await server.call('GET', `/api/v1/runs/${id}/events`, {
    key,
    headers: { accept: 'text/event-stream' },
  });
  const poll = server.call('GET', `/api/v1/runs/${id}/events?wait=30`, { key });
  await expire();
  expect(await stream.text()).not.toContain('event: end');
  expect(await (await poll).json()).toEqual({ data: [], hasMore: false });
});

test('a browser session ends at its own time, though its key holds', async () => {
  const { cookie } = await signIn({ apiKey: server.key });
  const { cookie: other } = await signIn({ apiKey: server.key });
  expect(await me({ cookie })).toBe(200);
  const hash = sha256(cookie.split('=')[1] ?? '') as Uint8Array<ArrayBuffer>;
  await server.database.prisma.browserSession.update({
    where: { hash },
    data: { expiresAt: new Date(Date.now() - 1) },
  });
  expect([await me({ cookie }), await me({ cookie: other })]).toEqual([401, 200]);
});
