import { expect, test } from 'vitest';
import { longestPauseMs, pauseMs } from './backoff.js';

test('those who failed together do not come back together, whether or not the server said when', () => {
  for (const askedMs of [0, 2_000]) {
    const pauses = [0, 0.25, 0.5, 0.75].map((part) => pauseMs(3, askedMs, () => part));
    expect(pauses).toEqual([100, 600, 1_100, 1_600].map((ms) => askedMs + ms));
  }
});

test('a pause grows with each failure up to a bound, and is never shorter than the server asked for', () => {
  const latest = [1, 2, 3, 10, 100].map((failures) => pauseMs(failures, 0, () => 1));
  expect(latest).toEqual([600, 1_100, 2_100, 100 + longestPauseMs, 100 + longestPauseMs]);
  expect(pauseMs(1, 60_000, () => 0)).toBeGreaterThanOrEqual(60_000);
});
