import { expect, test } from 'vitest';
import { laneOf, type Span, spansOf } from './lanes.js';

const holds = (spans: Span[], lane: string) =>
  spans.filter(
    ({ low, high }) =>
      Buffer.compare(Buffer.from(low), Buffer.from(lane)) < 0 &&
      Buffer.compare(Buffer.from(lane), Buffer.from(high)) < 0,
  ).length;
const lane = (cwdKey: string, pinnedTo: string | null = null) =>
  laneOf({ pinnedTo, permissionMode: 'default', sharedCwd: false, cwdKey });

test.each([
  ['/code', '/code', 1],
  ['/code', '/code/app', 1],
  ['/code', '/code-evil', 0],
  ['/code', '/codes', 0],
  ['/code', '/cod', 0],
  ['/', '/anything/at/all', 1],
  ['/', '/', 1],
  ['c:/', 'c:/users', 1],
  ['c:/', 'd:/users', 0],
  ['//server/share', '//server/share/x', 1],
  ['/日本', '/日本/😀', 1],
])('the spans of a runner that allows %s hold the lane of %s %i times', (directory, cwd, times) => {
  const spans = spansOf([{ runnerId: 'run_1', directoryKeys: [directory], foldsCase: false, pinned: true }]);
  expect(holds(spans, lane(cwd))).toBe(times);
});

test('a runner reaches what is pinned to it wherever it is, and nothing pinned to another', () => {
  const spans = spansOf([{ runnerId: 'run_1', directoryKeys: ['/code'], foldsCase: false, pinned: true }]);
  expect(holds(spans, lane('/elsewhere', 'run_1'))).toBe(1);
  expect(holds(spans, lane('/code', 'run_2'))).toBe(0);
});

test('what is pinned to it is left out where it was not the reason to look', () => {
  const spans = spansOf([{ runnerId: 'run_1', directoryKeys: ['/code'], foldsCase: false, pinned: false }]);
  expect(holds(spans, lane('/code', 'run_1'))).toBe(0);
  expect(holds(spans, lane('/code'))).toBe(1);
});

test('directories within one another, of several runners, are walked once', () => {
  const spans = spansOf([
    { runnerId: 'run_1', directoryKeys: ['/code/app', '/code'], foldsCase: false, pinned: true },
    { runnerId: 'run_2', directoryKeys: ['/code', '/'], foldsCase: false, pinned: true },
  ]);
  expect(holds(spans, lane('/code/app/src'))).toBe(1);
  expect(spans).toHaveLength(4);
});

test('where case is folded, every directory of the queue is looked at', () => {
  const spans = spansOf([
    { runnerId: 'run_1', directoryKeys: ['/Users/ann'], foldsCase: true, pinned: true },
  ]);
  expect(holds(spans, lane('/users/Ann/code'))).toBe(1);
});
