import { expect, test } from 'vitest';
import { bootstrap } from './bootstrap.js';
import { openDatabase } from './db/open.js';
import { openTestDatabase } from './testing/database.js';
import { startTestPostgres } from './testing/postgres.js';

test('of several servers that start at once on an empty database each is ready and one has the keys', async () => {
  const postgres = await startTestPostgres();
  const databases = await Promise.all(
    Array.from({ length: 4 }, () => openDatabase({ url: postgres.url, dataDir: null, poolSize: 2 })),
  );
  try {
    const keys = await Promise.all(databases.map((database) => bootstrap(database)));
    expect(keys.filter((key) => key !== undefined)).toHaveLength(1);
    expect(await databases[0]?.prisma.org.count()).toBe(1);
    const kept = await databases[0]?.prisma.apiKey.findMany({ orderBy: { name: 'asc' } });
    expect(kept?.map(({ scopes }) => scopes)).toEqual([['admin'], ['runner']]);
  } finally {
    await Promise.all(databases.map((database) => database.close()));
    await postgres.stop();
  }
});

test('a start that dies in the middle leaves no org without a key', async () => {
  const database = await openTestDatabase();
  const dying = {
    ...database,
    transaction: ((work) =>
      database.transaction((tx) =>
        work({
          query: (statement, values) =>
            statement.name === 'insert-api-key'
              ? Promise.reject(new Error('killed'))
              : tx.query(statement, values),
        }),
      )) as typeof database.transaction,
  };
  await expect(bootstrap(dying)).rejects.toThrow('killed');
  expect(await database.prisma.org.count()).toBe(0);
  expect(await bootstrap(database)).toEqual({
    admin: expect.stringMatching(/^af_live_/),
    runner: expect.stringMatching(/^af_live_/),
  });
  expect(await bootstrap(database)).toBeUndefined();
  await database.close();
});

test('where nobody would see a key none is made, until somebody does', async () => {
  const database = await openTestDatabase();
  expect(await bootstrap(database, null)).toBe('none');
  expect(await database.prisma.apiKey.count()).toBe(0);
  const refusing = () => {
    throw new Error('the file is there already');
  };
  await expect(bootstrap(database, refusing)).rejects.toThrow('there already');
  expect(await database.prisma.apiKey.count()).toBe(0);
  const shown: string[] = [];
  await bootstrap(database, ({ admin }) => shown.push(admin));
  expect(shown).toEqual([expect.stringMatching(/^af_live_/)]);
  expect(await bootstrap(database, null)).toBeUndefined();
  expect(await database.prisma.org.count()).toBe(1);
  await database.close();
});
