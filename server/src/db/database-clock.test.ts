import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

/** The clock of this computer from now on, minutes ahead. */
const set = (minutes: number) => vi.setSystemTime(vi.getRealSystemTime() + minutes * 60_000);
const launch = async (server: TestServer) => {
  const body = { prompt: 'go', cwd: `/code/${crypto.randomUUID()}` };
  return ((await (await server.call('POST', '/api/v1/runs', { body })).json()) as { id: string }).id;
};

test.each([10, -10])(
  'sessions of a server whose clock is %i minutes ahead stand among others by their age',
  async (minutes) => {
    set(minutes);
    const wrong = await startTestServer({ databaseUrl: postgres.url });
    const ids = [await launch(wrong)];
    set(0);
    const right = await startTestServer({ databaseUrl: postgres.url });
    for (const server of [right, wrong, right]) {
      set(server === wrong ? minutes : 0);
      // Two servers read the database's time to some ms: what they make within those may stand either way.
      await delay(50);
      const key = await server.makeKey(['runs:write'], wrong.orgId);
      const body = { prompt: 'go', cwd: `/code/${crypto.randomUUID()}` };
      ids.push(
        ((await (await server.call('POST', '/api/v1/runs', { key, body })).json()) as { id: string }).id,
      );
    }
    const { data } = (await (await wrong.call('GET', '/api/v1/runs')).json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(ids.toReversed());
    await wrong.close();
    await right.close();
  },
);

test('a clock that is set while a server works moves nothing', async () => {
  const server = await startTestServer({ databaseUrl: postgres.url });
  const ids = [];
  for (const minutes of [0, 60, -60, 0]) {
    set(minutes);
    ids.push(await launch(server));
  }
  expect(ids).toEqual(ids.toSorted());
  const expiresAt = new Date(vi.getRealSystemTime() + 1_800_000).toISOString();
  set(60);
  const made = await server.call('POST', '/api/v1/api-keys', {
    body: { name: 'x', scopes: ['runs:read'], expiresAt },
  });
  expect(made.status).toBe(201);
  await server.close();
});
