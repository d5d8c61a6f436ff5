import { expect, test } from 'vitest';
import { fits, isNarrowed, readFilter, toRunsFilter, writeFilter } from './session-filter.js';
import { aRun } from './testing.js';

const read = (text: string) => readFilter(new URLSearchParams(text));

test('an address without filters shows everything', () => {
  expect(isNarrowed(read(''))).toBe(false);
  expect(toRunsFilter(read(''))).toEqual({});
});

test.each([
  'status=QUEUED%2CRUNNING&q=health+check',
  'q=tests&waiting=true',
  'runnerId=run_abcdefghijklmnopqrst&cwd=C%3A%5Ccode&label=nightly&group=thread',
  'when=7d&group=state',
  'when=2026-11-01..2026-11-30',
  'when=2026-11-01..',
])('the filter %s is written as it was read', (address) => {
  expect(writeFilter(read(address)).toString()).toBe(address);
});

test('what an address cannot mean is left out', () => {
  const filter = read('status=EXPLODED,FAILED&runnerId=home&cwd=code&group=colour&when=2026-02-30..');
  expect(toRunsFilter(filter)).toEqual({ status: ['FAILED'] });
  expect(filter.group).toBe('');
});

test('only what has a tool that waits fits, where that is asked for', () => {
  const filter = read('waiting=true');
  expect([isNarrowed(filter), toRunsFilter(filter)]).toEqual([true, { waiting: true }]);
  expect(fits(filter, aRun({ id: 'a', status: 'RUNNING', approvalsWaiting: 1 }))).toBe(true);
  expect(fits(filter, aRun({ id: 'b', status: 'RUNNING' }))).toBe(false);
});

test('blank text narrows nothing', () => {
  expect(isNarrowed(read('q=++'))).toBe(false);
});

test('days begin at midnight where the viewer is, and the last one is there to its end', () => {
  const now = new Date(2026, 10, 30, 13, 30);
  const span = (when: string) => toRunsFilter(read(`when=${when}`), now);
  const before = (...day: [number, number, number]) => new Date(new Date(...day).getTime() - 1).toISOString();
  expect(span('today')).toEqual({ createdAfter: before(2026, 10, 30) });
  expect(span('7d')).toEqual({ createdAfter: before(2026, 10, 24) });
  expect(span('2026-11-03..2026-11-30')).toEqual({
    createdAfter: before(2026, 10, 3),
    createdBefore: new Date(2026, 11, 1).toISOString(),
  });
  expect(span('..2026-11-30')).toEqual({ createdBefore: new Date(2026, 11, 1).toISOString() });
});
