import { expect, test } from 'vitest';
import { rowsOf } from './list-rows.js';
import { aRun } from './testing.js';

test('by state, what needs a person comes first and what has ended last, each in the order it came', () => {
  const rows = rowsOf(
    [
      aRun({ id: 'e', status: 'FAILED' }),
      aRun({ id: 'd', status: 'QUEUED' }),
      aRun({ id: 'c', status: 'RUNNING' }),
      aRun({ id: 'b', status: 'RUNNING', approvalsWaiting: 1 }),
      aRun({ id: 'a', status: 'SUCCEEDED' }),
    ],
    'state',
    new Set(),
  );
  expect(rows.map((row) => ('heading' in row ? `${row.heading} ${row.count}` : row.key))).toEqual([
    ...['Waiting for you 1', 'b', 'Running 1', 'c', 'Queued 1', 'd', 'Ended 2', 'e', 'a'],
  ]);
});
