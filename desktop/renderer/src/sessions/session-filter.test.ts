import { expect, test } from 'vitest';
import { isNarrowed, readFilter, toRunsFilter, writeFilter } from './session-filter.js';

const read = (text: string) => readFilter(new URLSearchParams(text));

test('an address without filters shows everything', () => {
  expect(isNarrowed(read(''))).toBe(false);
  expect(toRunsFilter(read(''))).toEqual({});
});

test.each([
  'status=QUEUED%2CRUNNING&q=health+check',
  'runnerId=run_abcdefghijklmnopqrst&cwd=C%3A%5Ccode&label=nightly&group=thread',
])('the filter %s is written as it was read', (address) => {
  expect(writeFilter(read(address)).toString()).toBe(address);
});

test('what an address cannot mean is left out', () => {
  const filter = read('status=EXPLODED,FAILED&runnerId=home&cwd=code&group=colour');
  expect(toRunsFilter(filter)).toEqual({ status: ['FAILED'] });
  expect(filter.byThread).toBe(false);
});

test('blank text narrows nothing', () => {
  expect(isNarrowed(read('q=++'))).toBe(false);
});
