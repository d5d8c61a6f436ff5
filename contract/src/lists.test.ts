import { expect, test } from 'vitest';
import { queryInt } from './lists.js';

test.each([
  ['1', 1],
  ['10', 10],
  ['010', 10],
  ['0', undefined],
  ['11', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e1', undefined],
  [' 1', undefined],
  ['', undefined],
  ['99999999999999999999', undefined],
])('%j as a number from 1 to 10 is %j', (text, number) => {
  expect(queryInt(1, 10).safeParse(text).data).toBe(number);
});
