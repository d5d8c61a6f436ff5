import { expect, test } from 'vitest';
import { Timestamp } from './text.js';

test.each([
  ['2026-11-23T21:00:00.000Z', true],
  ['2024-02-29T00:00:00.000Z', true],
  ['2026-02-29T00:00:00.000Z', false],
  ['2026-11-23T21:00:00Z', false],
  ['2026-11-23T21:00:00.000+01:00', false],
  ['2026-11-23T21:00:00.000', false],
  ['2026-11-23', false],
])('%j is a time in UTC with milliseconds: %j', (text, is) => {
  expect(Timestamp.safeParse(text).success).toBe(is);
});
