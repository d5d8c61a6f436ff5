import type { Run } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { activeBelow, hasGap, type Page, withRuns } from './merge-runs.js';
import { aRun } from './testing.js';

const ids = (runs: readonly { id: string }[]) => runs.map(({ id }) => id).join('');
const row = (run: Run) => ({ ...run, truncated: false });
const [a, b, c, d] = [
  row(aRun({ id: 'a', status: 'RUNNING' })),
  row(aRun({ id: 'b' })),
  row(aRun({ id: 'c', status: 'RUNNING' })),
  row(aRun({ id: 'd' })),
];
/** Pages of a list, newest first, each with the cursor that leads to the next. */
const pagesOf = (...pages: (typeof a)[][]): Page[] =>
  pages.map((data, nth) => ({
    data,
    nextCursor: nth === pages.length - 1 ? null : (data.at(-1)?.id ?? null),
  }));
const shown = (pages: readonly Page[]) => pages.map(({ data }) => ids(data)).join('|');

test('a new session stands first, and nothing stands twice', () => {
  const pages = pagesOf([c, b], [a]);
  expect(shown(withRuns(pages, ['d'], [d]))).toBe('dcb|a');
  expect(shown(withRuns(withRuns(pages, ['d'], [d]), ['d'], [d]))).toBe('dcb|a');
});

test('a session is shown in its place as it is now, wherever that is', () => {
  const done = { ...a, status: 'SUCCEEDED' as const };
  expect(withRuns(pagesOf([c, b], [a]), ['a'], [done])[1]?.data[0]).toBe(done);
  expect(shown(withRuns(pagesOf([d, b], [a]), ['c'], [c]))).toBe('dcb|a');
});

test('a session that is gone, or does not fit any more, leaves the list', () => {
  expect(shown(withRuns(pagesOf([c, b], [a]), ['b', 'a'], []))).toBe('c|');
});

test('a session below the last page that was loaded is left to the page that comes', () => {
  const pages: Page[] = [{ data: [d, c], nextCursor: 'c' }];
  expect(shown(withRuns(pages, ['a'], [a]))).toBe('dc');
  expect(shown(withRuns([{ data: [d, c], nextCursor: null }], ['a'], [a]))).toBe('dca');
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
