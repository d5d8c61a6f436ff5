import { expect, test } from 'vitest';
import { aRun } from '../sessions/testing.js';
import { isOutOfReach, outOfReachSince, statusWord } from './run-status.js';

const lostAt = '2026-11-30T10:00:00.000Z';

test('a running session of which nobody hears is out of reach; one that ended, or is heard of, is not', () => {
  const run = aRun({ id: 'a', status: 'RUNNING', lostAt });
  expect([isOutOfReach(run), statusWord(run)]).toEqual([true, 'Out of reach']);
  expect(statusWord({ ...run, lostAt: null })).toBe('Running');
  expect(statusWord({ ...run, status: 'FAILED' })).toBe('Failed');
});

test('what waits for a person says so first: the answer reaches the runner when it is back', () => {
  expect(statusWord(aRun({ id: 'a', status: 'RUNNING', lostAt, approvalsWaiting: 1 }))).toBe(
    'Waiting for you',
  );
});

test('since when is told by the clock, and with the day where that was another one', () => {
  const since = Date.parse(lostAt);
  expect(outOfReachSince({ lostAt }, since + 5 * 60_000)).toMatch(
    /^Out of reach since .*:00.* \(5 min ago\)$/,
  );
  expect(outOfReachSince({ lostAt }, since + 48 * 3_600_000)).toMatch(/since .*30.*2026.* \(2 d ago\)$/);
});
