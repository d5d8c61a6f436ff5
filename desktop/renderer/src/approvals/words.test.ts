import { expect, test } from 'vitest';
import { askedWords, closedWords, timeLeft } from './words.js';

test.each([
  [{ state: 'allowed', decidedBy: 'laptop' }, 'Allowed by laptop'],
  [{ state: 'allowed', decidedBy: 'laptop', forSession: true }, 'Allowed for this session by laptop'],
  [{ state: 'denied', decidedBy: 'phone', reason: 'use pnpm' }, 'Denied by phone: use pnpm'],
  [{ state: 'denied', decidedBy: null, reason: null }, 'Denied'],
  [{ state: 'expired' }, 'Denied: nobody answered in time'],
  [{ state: 'withdrawn' }, 'Withdrawn: the session went on without it'],
] as const)('of %j it says %j', (closed, words) => {
  expect(closedWords(closed)).toBe(words);
});

test.each([
  [-90, 'less than a minute left'],
  [59, 'less than a minute left'],
  [60, '1 min left'],
  [600, '10 min left'],
  [61, '2 min left'],
  [7_140, '119 min left'],
  [7_200, '2 h left'],
  [172_800, '2 days left'],
])('with %i seconds to go there is %j', (seconds, words) => {
  const now = Date.parse('2026-11-24T12:00:00.000Z');
  expect(timeLeft(new Date(now + seconds * 1_000).toISOString(), now)).toBe(words);
});

test.each([
  ['Bash', 'Bash npm test', 'Bash npm test'],
  ['WebFetch', 'WebFetch https://example.com', 'Fetch https://example.com'],
  ['AskUserQuestion', 'AskUserQuestion Which way?', 'Which way?'],
  ['AskUserQuestion', 'AskUserQuestion', 'Claude has a question'],
  ['ExitPlanMode', 'ExitPlanMode Mend it', 'Plan: Mend it'],
  ['ExitPlanMode', 'ExitPlanMode', 'Claude has a plan'],
])('what %s asks with %j is said as %j', (tool, message, words) => {
  expect(askedWords({ tool, message })).toBe(words);
});
