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
])('the filter %s is written as it was read', (address) => {
  expect(writeFilter(read(address)).toString()).toBe(address);
});

test('what an address cannot mean is left out', () => {
  const filter = read('status=EXPLODED,FAILED&runnerId=home&cwd=code&group=colour');
  expect(toRunsFilter(filter)).toEqual({ status: ['FAILED'] });
  expect(filter.byThread).toBe(false);
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
