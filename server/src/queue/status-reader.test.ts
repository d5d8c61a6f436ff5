import { expect, test } from 'vitest';
import type { Queryable } from '../db/database.js';
import { statusReader } from './status-reader.js';

test('what many ask at once is one statement, in which nobody is told of another org’s run', async () => {
  const asked: unknown[] = [];
  const rows = [
    { id: 'one', orgId: 'a', status: 'RUNNING' },
    { id: 'two', orgId: 'b', status: 'FAILED' },
  ];
  const database: Queryable = {
    query: async <Row>(_statement: unknown, values: readonly unknown[]) => {
      asked.push(values);
      return rows as Row[];
    },
  };
  const status = statusReader(database);
  const found = await Promise.allSettled([
    ...Array.from({ length: 100 }, () => status('a', 'one')),
    status('b', 'two'),
    status('b', 'one'),
    status('a', 'none'),
  ]);
  expect(asked).toEqual([[['one', 'two', 'none']]]);
  expect(new Set(found.slice(0, 100).map((one) => one.status === 'fulfilled' && one.value))).toEqual(
    new Set(['RUNNING']),
  );
  expect(found.slice(100)).toMatchObject([
    { status: 'fulfilled', value: 'FAILED' },
    { status: 'rejected', reason: { code: 'NOT_FOUND' } },
    { status: 'rejected', reason: { code: 'NOT_FOUND' } },
  ]);
});
