import { expect, test } from 'vitest';
import { isOlder } from './versions.js';

test('versions compare by number, not by text', () => {
  expect(isOlder('2.1.99', '2.1.163')).toBe(true);
  expect(isOlder('2.1.163', '2.1.163')).toBe(false);
  expect(isOlder('10.0.0', '2.1.163')).toBe(false);
  expect(isOlder('1.9.999', '2.1.163')).toBe(true);
  expect(isOlder('2.1.300-beta.1', '2.1.309')).toBe(true);
});
