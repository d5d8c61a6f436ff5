import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { signInAt } from '../testing/sign-in.js';
import { trustMs } from './recent-keys.js';

let postgres: TestPostgres;
let one: TestServer;
let other: TestServer;

beforeAll(async () => {
  postgres = await startTestPostgres();
  one = await startTestServer({ databaseUrl: postgres.url });
  other = await startTestServer({ databaseUrl: postgres.url });
});
afterAll(async () => {
  await one.close();
  await other.close();
  await postgres.stop();
});

test('a key that is revoked at one server ends at the other, which had just seen it', async () => {
  const key = await one.makeKey(['runs:read']);
  const uses = async (server: TestServer) => (await server.call('GET', '/api/v1/me', { key })).status;
  expect(await uses(other)).toBe(200);
  const listed = (await (await one.call('GET', '/api/v1/api-keys')).json()) as {
    data: { id: string; lastFour: string }[];
  };
  const id = listed.data.find(({ lastFour }) => key.endsWith(lastFour))?.id;
  expect((await one.call('DELETE', `/api/v1/api-keys/${id}`)).status).toBe(200);
  expect(await uses(one)).toBe(401);
  await expect.poll(() => uses(other), { timeout: 5 * trustMs }).toBe(401);
});

test('a computer asks at one server, is allowed at another, and of two it then asks at once one gives it what it may have', async () => {
  const started = await signInAt(one).start();
  expect((await signInAt(other).decide(started.userCode, undefined, one.key)).status).toBe(200);
  const answers = await Promise.all([one, other].map((server) => signInAt(server).poll(started)));
  const [first, second] = answers.map(({ status }) => status).sort();
  expect(first).toBe(200);
  // Used up, or asked again too soon: as they come.
  expect([404, 429]).toContain(second);
});

test('a computer goes on waiting while its server is started anew, and so does what was decided', async () => {
  const first = await startTestServer({ databaseUrl: postgres.url });
  const started = await signInAt(first).start();
  await first.close();
  const second = await startTestServer({ databaseUrl: postgres.url });
  expect(await (await signInAt(second).poll(started)).json()).toEqual({ state: 'waiting' });
  expect((await signInAt(second).decide(started.userCode)).status).toBe(200);
  await second.close();
  expect(await (await signInAt(other).poll(started)).json()).toMatchObject({
    state: 'allowed',
    org: { id: second.orgId },
  });
});
