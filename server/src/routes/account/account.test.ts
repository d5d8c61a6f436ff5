import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiKey } from '../../auth/api-keys.js';
import { startTestServer, type TestServer } from '../../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const signIn = (body: object) => server.call('POST', '/api/v1/session', { key: null, body });
const own = { name: 'a part of ours', scopes: ['admin' as const] };

test('a sign-in link works once, with the scopes of its key, and ends with it', async () => {
  const { id } = await createApiKey(server.database, server.orgId, own);
  const code = server.signInCodes.issue(id);
  const signedIn = await signIn({ code });
  expect(await signedIn.json()).toMatchObject({ key: { id, scopes: ['admin'] } });
  expect((await signIn({ code })).status).toBe(401);
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const me = () => server.call('GET', '/api/v1/me', { key: null, headers: { cookie } });
  expect((await me()).status).toBe(200);
  expect((await server.call('DELETE', `/api/v1/api-keys/${id}`)).status).toBe(200);
  expect((await me()).status).toBe(401);
  const late = server.signInCodes.issue(id);
  expect((await signIn({ code: late })).status).toBe(401);
});

test('a flood of wrong keys is told to wait, and a good key from the same address still signs in', async () => {
  let answer = await signIn({ apiKey: 'wrong' });
  for (let attempt = 0; answer.status === 401 && attempt < 50; attempt += 1) {
    answer = await signIn({ apiKey: 'wrong' });
  }
  expect(answer.status).toBe(429);
  expect(await answer.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  const wait = Number(answer.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(60);
  expect((await signIn({ apiKey: server.key })).status).toBe(201);
});
