import { expect, test } from 'vitest';
import { expiresAt } from './expiry.js';

const now = new Date('2026-11-24T10:00:00.000Z');

test('a key ends so many days from now, or never', () => {
  expect(expiresAt('30', '', now)).toBe('2026-12-24T10:00:00.000Z');
  expect(expiresAt('never', '2027-01-01', now)).toBeUndefined();
});

test('a key that ends on a day is good to the end of that day', () => {
  const end = expiresAt('day', '2027-01-31', now);
  expect(new Date(end ?? '').getDate()).toBe(31);
  expect(new Date(end ?? '').getHours()).toBe(23);
});

test('without a day there is no end yet', () => {
  expect(expiresAt('day', '', now)).toBeUndefined();
});
