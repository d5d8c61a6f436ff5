import { expect, test } from 'vitest';
import { activeBelow, hasGap, mergeRuns } from './merge-runs.js';
import { aRun } from './testing.js';

const ids = (runs: readonly { id: string }[]) => runs.map(({ id }) => id).join('');
const none = new Map();
const any = () => true;
const [a, b, c, d] = [
  aRun({ id: 'a', status: 'RUNNING' }),
  aRun({ id: 'b' }),
  aRun({ id: 'c', status: 'RUNNING' }),
  aRun({ id: 'd' }),
];

test('new sessions come first and nothing stands twice', () => {
  expect(ids(mergeRuns([c, b, a], { head: [d, c], older: none }, any))).toBe('dcba');
});

test('a session of the head is shown as it is now', () => {
  const done = { ...c, status: 'SUCCEEDED' as const };
  expect(mergeRuns([c, b, a], { head: [done], older: none }, any)[0]).toBe(done);
});

test('an older session changes in its place, and one that is gone leaves', () => {
  const failed = { ...a, status: 'FAILED' as const };
  expect(mergeRuns([b, a], { head: [c], older: new Map([['a', failed]]) }, any)).toEqual([c, b, failed]);
  expect(ids(mergeRuns([b, a], { head: [c], older: new Map([['a', null]]) }, any))).toBe('cb');
});

test('a session that no longer fits leaves the list', () => {
  const done = { ...a, status: 'SUCCEEDED' as const };
  expect(
    ids(
      mergeRuns([c, a], { head: [c], older: new Map([['a', done]]) }, ({ status }) => status === 'RUNNING'),
    ),
  ).toBe('c');
  expect(ids(mergeRuns([d, c, a], { head: [d, a], older: none }, any))).toBe('da');
});

test('only unfinished sessions below the head have to be looked at', () => {
  expect(ids(activeBelow([d, c, b, a], [d, c]))).toBe('a');
});

test('a head that does not reach the pages leaves a gap, unless it is everything', () => {
  expect(hasGap([b, a], [d, c], false)).toBe(true);
  expect(hasGap([b, a], [d, c], true)).toBe(false);
  expect(hasGap([c, b], [d, c], false)).toBe(false);
  expect(hasGap([], [d], false)).toBe(false);
});
