import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/server.js';
import { type KeyPlace, ownKeyId, ownKeyIn } from './own-keys.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** A place that holds a key, as a file does. */
function place(): KeyPlace & { holds: string | undefined } {
  return {
    holds: undefined,
    read() {
      return this.holds;
    },
    write(key) {
      this.holds = key;
    },
  };
}
const runner = (name: string) => ({ name, scopes: ['runner' as const] });
const keyIn = (at: KeyPlace, name: string) => ownKeyIn(at, server.database, server.orgId, runner(name));
const me = async (key: string) => (await server.call('GET', '/api/v1/me', { key })).status;
const listed = async (name: string) =>
  (await server.database.prisma.apiKey.findMany({ where: { orgId: server.orgId, name } })).map(
    ({ id }) => id,
  );

test('a key that is made anew at each start stays one key in the list, and its earlier secret is nothing', async () => {
  const first = await keyIn(place(), 'renewed');
  const second = await keyIn(place(), 'renewed');
  expect(await listed('renewed')).toHaveLength(1);
  expect(await me(first)).toBe(401);
  expect(await me(second)).toBe(200);
});

test('a key is kept as long as its place holds it, and another one is made once it was revoked', async () => {
  const at = place();
  const first = await keyIn(at, 'kept');
  expect(await keyIn(at, 'kept')).toBe(first);
  const [id] = await listed('kept');
  await server.call('DELETE', `/api/v1/api-keys/${id}`);
  expect(await keyIn(at, 'kept')).not.toBe(first);
  expect(await listed('kept')).toHaveLength(2);
});

test('servers that start at the same moment have one key in one place, and it is good', async () => {
  const at = place();
  const keys = await Promise.all(Array.from({ length: 8 }, () => keyIn(at, 'at once')));
  expect(new Set(keys)).toEqual(new Set([at.holds]));
  expect(await me(at.holds ?? '')).toBe(200);
  expect(await listed('at once')).toHaveLength(1);
  const link = { name: 'links', scopes: ['admin' as const] };
  const ids = await Promise.all(
    Array.from({ length: 8 }, () => ownKeyId(server.database, server.orgId, link)),
  );
  expect(new Set(ids)).toEqual(new Set(await listed('links')));
});

test('a place that cannot be written leaves the key as it was', async () => {
  const at = place();
  const key = await keyIn(at, 'full disk');
  const full = {
    ...place(),
    write: () => {
      throw new Error('no space left');
    },
  };
  await expect(keyIn(full, 'full disk')).rejects.toThrow('no space left');
  expect(await me(key)).toBe(200);
});
