import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nextLookMs } from './next-look.js';

beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-11-30T12:00:00Z') }));
afterEach(() => vi.useRealTimers());

const ends = (second: number, state: 'waiting' | 'allowed' = 'waiting') => ({
  state,
  expiresAt: new Date(Date.now() + second * 1_000).toISOString(),
});

test('what waits is looked at when the first one’s time is up, and else now and then', () => {
  expect(nextLookMs([ends(30), ends(8), ends(2, 'allowed')])).toBe(8_500);
  expect(nextLookMs([ends(600)])).toBe(60_000);
  expect(nextLookMs([ends(-5)])).toBe(1_000);
  expect(nextLookMs([])).toBe(60_000);
  expect(nextLookMs()).toBe(60_000);
});
