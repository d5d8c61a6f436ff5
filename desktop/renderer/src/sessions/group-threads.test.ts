import { expect, test } from 'vitest';
import { groupThreads } from './group-threads.js';
import { aRun } from './testing.js';

test('the sessions of a thread stand together, the most recent thread first', () => {
  const first = aRun({ id: 'a', costUsd: 0.5 });
  const other = aRun({ id: 'b' });
  const followUp = aRun({ id: 'c', threadId: 'a', parentRunId: 'a', costUsd: 0.25 });
  const threads = groupThreads([followUp, other, first]);
  expect(threads.map(({ id, runs }) => [id, runs.map((run) => run.id)])).toEqual([
    ['a', ['a', 'c']],
    ['b', ['b']],
  ]);
  expect(threads.map(({ newest, costUsd }) => [newest.id, costUsd])).toEqual([
    ['c', 0.75],
    ['b', null],
  ]);
});
