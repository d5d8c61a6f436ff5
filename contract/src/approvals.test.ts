import { expect, test } from 'vitest';
import { DecideApproval } from './approvals.js';

test.each([
  { decision: 'allow' },
  { decision: 'allow', forSession: true },
  { decision: 'allow', answers: { 'Which database?': 'PostgreSQL' } },
  { decision: 'deny' },
  { decision: 'deny', reason: 'use pnpm' },
])('%o is a decision', (decision) => {
  expect(DecideApproval.parse(decision)).toEqual(decision);
});

test.each([
  [{}, 'decision'],
  [{ decision: 'maybe' }, 'decision'],
  [{ decision: 'allow', reason: 'because' }, 'reason'],
  [{ decision: 'deny', forSession: true }, 'decision'],
  [{ decision: 'deny', answers: {} }, 'decision'],
  [{ decision: 'deny', reason: '   ' }, 'reason'],
])('%o is none, and the field is named', (decision, field) => {
  expect(DecideApproval.safeParse(decision).error?.issues[0]?.path).toEqual([field]);
});
