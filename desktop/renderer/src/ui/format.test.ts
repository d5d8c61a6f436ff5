import { expect, test } from 'vitest';
import { formatAge, formatCost, formatCount, formatDuration, shortDirectory } from './format.js';

test.each([
  [850, '850 ms'],
  [12_000, '12 s'],
  [185_000, '3 min 5 s'],
  [7_440_000, '2 h 4 min'],
  [90_000_000, '1 d 1 h'],
])('%d milliseconds read %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0, '$0'],
  [0.0042, '$0.0042'],
  [0.08, '$0.08'],
  [1.254, '$1.25'],
  [0.00001, '<$0.0001'],
  [0.00006, '$0.0001'],
  [0.00999, '$0.01'],
  [12_345.6, '$12,345.60'],
  // As a sum of two and as half of one: floating point has one of them below the half.
  [0.00075, '$0.0008'],
  [0.0015 - 0.00075, '$0.0008'],
  [0.00074999999999999, '$0.0008'],
])('%d dollars read %s', (usd, text) => {
  expect(formatCost(usd)).toBe(text);
});

test.each([
  [950, '950'],
  [12_340, '12.3k'],
  [999_600, '1M'],
  [4_500_000, '4.5M'],
])('a count of %d reads %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  ['/home/ann/code/api', '…/code/api'],
  ['C:\\Users\\ann\\code', '…\\ann\\code'],
  ['/code', '/code'],
])('the directory %s is short %s', (directory, text) => {
  expect(shortDirectory(directory)).toBe(text);
});

test('an instant ahead of our clock happened just now', () => {
  expect(formatAge('2026-11-23T21:00:05.000Z', Date.parse('2026-11-23T21:00:00.000Z'))).toBe('just now');
});
