import type { ApprovalRow } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { aRun } from '../sessions/testing.js';
import { keep } from './use-inbox.js';

const row = (id: string, runId: string, minute: number): ApprovalRow => ({
  ...{ id, runId, state: 'waiting', tool: 'Bash', message: `Bash ${id}`, input: {}, toolUseId: null },
  ...{ sessionGrant: null, requestedAt: '', expiresAt: `2026-11-30T10:0${minute}:00.000Z` },
  ...{ decidedAt: null, decidedBy: null, forSession: false, reason: null, answers: null, truncated: false },
});
const runs = ['r', 's'].map((id) => aRun({ id, status: 'RUNNING', approvalsWaiting: 1 }));
const told = (entries: ReturnType<typeof keep>) =>
  entries.map((entry) => `${entry.row.id}${entry.waits ? '' : ' answered'}`);
const [a, b, c] = [row('a', 'r', 9), row('b', 's', 5), row('c', 'r', 1)];

test('what has least time comes first, and only of sessions that are asked for', () => {
  expect(told(keep([], [a, b, row('d', 'elsewhere', 0)], runs))).toEqual(['b', 'a']);
});

test('what is answered keeps its place, though its session is gone, and what is new comes at the end', () => {
  const first = keep([], [a, b], runs);
  const then = keep(first, [a, c], runs.slice(0, 1));
  expect(told(then)).toEqual(['b answered', 'a', 'c']);
  expect(then[1]).toBe(first[1]);
});

test('a look that finds the same changes nothing', () => {
  const first = keep([], [a, b], runs);
  expect(keep(first, [b, a], [...runs])).toBe(first);
});
