import { expect, test } from 'vitest';
import { keyLimitsOf, keyLimitWords, unlimited } from './key-limits.js';

test('fields that are left empty limit nothing', () => {
  expect(keyLimitsOf(unlimited)).toBeUndefined();
  expect(keyLimitsOf({ ...unlimited, queuedRuns: '5' })).toEqual({ queuedRuns: 5 });
});

test('a key says in words what limits it, and nothing without any', () => {
  const none = { requestsPerMinute: null, queuedRuns: null, openStreams: null };
  expect(keyLimitWords(undefined)).toBeUndefined();
  expect(keyLimitWords(none)).toBeUndefined();
  expect(keyLimitWords({ ...none, requestsPerMinute: 60, openStreams: 2 })).toBe(
    '60 requests a minute · 2 open streams',
  );
});
