import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from './database.js';
import { openDatabase } from './open.js';

const dataDir = mkdtempSync(join(tmpdir(), 'agentfleet-db-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

const count = { name: 'count-orgs', text: 'SELECT count(*) AS count FROM orgs' };

test('the embedded database keeps what was written when it is opened again', async () => {
  const first = await openDatabase({ dataDir });
  await first.prisma.org.create({ data: { id: 'org_one', name: 'One' } });
  expect(await first.query(count, [])).toEqual([{ count: 1 }]);
  await first.close();
  const second = await openDatabase({ dataDir });
  expect(await second.prisma.org.findMany()).toMatchObject([{ id: 'org_one', name: 'One' }]);
  await second.close();
});

test('a second server on the same data directory is refused with a sentence', async () => {
  const first = await openDatabase({ dataDir });
  await expect(openDatabase({ dataDir })).rejects.toThrow(
    'Another AgentFleet server uses the data directory',
  );
  await first.close();
});

describe('in memory', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase({ dataDir: null });
  });
  afterAll(() => database.close());

  test('a transaction that throws leaves nothing behind', async () => {
    const insert = { name: 'insert-org', text: `INSERT INTO orgs (id, name) VALUES ('org_two', 'Two')` };
    await expect(
      database.transaction(async (tx) => {
        await tx.query(insert, []);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await database.query(count, [])).toEqual([{ count: 0 }]);
  });

  test('a query that fails does not disturb the one that follows', async () => {
    const fails = {
      name: 'insert-key-of-no-org',
      text: `INSERT INTO runs (id, org_id) VALUES ($1, 'org_none')`,
    };
    for (const _ of Array(3)) {
      await expect(database.query(fails, ['run_1'])).rejects.toThrow('violates');
      expect(await database.query(count, [])).toEqual([{ count: 0 }]);
    }
  });
});
