import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';
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
