import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { rateLimitLine, resetTime } from './rate-limit.js';

const resetsAt = 1_796_040_000;
const line = (info: JsonObject) => rateLimitLine({ type: 'rate_limit_event', rate_limit_info: info });

// As Claude Code 2.1.332 prints them; 2.1.197 leaves the windows out.
test.each<[JsonObject, string]>([
  [
    {
      status: 'allowed_warning',
      resetsAt,
      rateLimitType: 'five_hour',
      utilization: 0.83,
      surpassedThreshold: 0.8,
    },
    '83 % of the five-hour limit is used, resets 2026-11-30 12:00 UTC',
  ],
  [
    {
      status: 'rejected',
      resetsAt,
      rateLimitType: 'seven_day',
      overageStatus: 'rejected',
      overageDisabledReason: 'org_level_disabled',
      isUsingOverage: false,
    },
    'seven-day limit reached, resets 2026-11-30 12:00 UTC, without extra usage (org level disabled)',
  ],
  [
    {
      status: 'rejected',
      resetsAt,
      rateLimitType: 'five_hour',
      overageStatus: 'allowed',
      isUsingOverage: true,
    },
    'five-hour limit reached, going on with extra usage, resets 2026-11-30 12:00 UTC',
  ],
  [
    {
      status: 'allowed',
      unifiedWindows: { five_hour: { utilization: 0.1 }, seven_day: { utilization: 0.4, resetsAt } },
    },
    'within the usage limits: 10 % of the five-hour limit, 40 % of the seven-day limit',
  ],
  [{ status: 'allowed' }, 'within the usage limits'],
  [{ status: 'rejected' }, 'usage limit reached'],
  [{ status: 'half_open', rateLimitType: 'one_month' }, 'one-month limit: half open'],
  [{}, 'rate limit event'],
  [{ status: 'allowed_warning', utilization: 'much', resetsAt: 'soon' }, 'the usage limit is nearly reached'],
])('%j reads “%s”', (info, words) => {
  expect(line(info)).toBe(words);
});

test.each([
  [resetsAt, '2026-11-30T12:00:00.000Z'],
  [resetsAt + 0.7, '2026-11-30T12:00:00.000Z'],
])('a limit that ends at %d ends at %s', (seconds, time) => {
  expect(resetTime(seconds)).toBe(time);
});

test.each([[0], [-1], [Number.NaN], [1e300], ['1796040000'], [null], [undefined]])(
  '%j is no time at which a limit ends',
  (value) => {
    expect(resetTime(value)).toBeNull();
  },
);
