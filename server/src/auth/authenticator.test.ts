import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { counting } from '../testing/counting.js';
import { openTestDatabase } from '../testing/database.js';
import { createApiKey } from './api-keys.js';
import { Authenticator } from './authenticator.js';
import { trustMs } from './recent-keys.js';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test('the use of a key is noted once in a minute, however many requests come with it', async () => {
  const orgId = newId('org_');
  await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
  const { key, id } = await createApiKey(database, orgId, { name: 'fleet', scopes: ['runs:read'] });
  const counted = counting(database);
  const authenticator = new Authenticator(counted.database);
  const notes = () => counted.asked.filter((name) => name === 'note-key-use').length;
  const lastUsedAt = async () =>
    (await database.prisma.apiKey.findUniqueOrThrow({ where: { id } })).lastUsedAt;

  const usesTogether = Array.from({ length: 20 }, () => authenticator.callerOf(key));
  expect((await Promise.all(usesTogether)).map((caller) => caller?.key.id)).toEqual(Array(20).fill(id));
  for (let use = 0; use < 20; use += 1) await authenticator.callerOf(key);
  await expect.poll(notes).toBe(1);
  await expect.poll(lastUsedAt).not.toBeNull();
  const first = await lastUsedAt();
  await delay(trustMs + 50);
  await authenticator.callerOf(key);
  expect(notes()).toBe(1);

  const longAgo = new Date(Date.now() - 61_000);
  await database.prisma.apiKey.update({ where: { id }, data: { lastUsedAt: longAgo } });
  await delay(trustMs + 50);
  for (let use = 0; use < 20; use += 1) await authenticator.callerOf(key);
  await expect.poll(notes).toBe(2);
  await expect.poll(async () => Number(await lastUsedAt())).toBeGreaterThan(Number(first));
});
