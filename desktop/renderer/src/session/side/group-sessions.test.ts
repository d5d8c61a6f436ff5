import { expect, test } from 'vitest';
import { aRun } from '../../sessions/testing.js';
import { groupSessions } from './group-sessions.js';
import { lastLine } from './last-line.js';

const asks = {
  approvalId: 'apr_1',
  tool: 'AskUserQuestion',
  message: 'AskUserQuestion Which one?',
  expiresAt: '',
};

test('threads stand under what they need, by the run that says it: what waits, what runs, what is queued, what ended', () => {
  // Newest first, as lists are.
  const runs = [
    aRun({ id: 'g', status: 'QUEUED', threadId: 'b' }),
    aRun({ id: 'f', status: 'FAILED' }),
    aRun({ id: 'e', status: 'RUNNING' }),
    aRun({ id: 'd', status: 'QUEUED' }),
    aRun({ id: 'c', status: 'RUNNING', approvalsWaiting: 1 }),
    aRun({ id: 'b', status: 'RUNNING' }),
    aRun({ id: 'a', status: 'SUCCEEDED' }),
  ];
  const groups = groupSessions(runs).map(({ name, threads }) => [name, ...threads.map(({ run }) => run.id)]);
  expect(groups).toEqual([
    ['Waiting for you', 'c'],
    ['Running', 'b', 'e'],
    ['Queued', 'd'],
    ['Ended', 'f', 'a'],
  ]);
});

test('the last line is what is asked, else why it waits, else what is said, else how it ended', () => {
  const run = aRun({ id: 'a', status: 'RUNNING' });
  const line = { kind: 'tool_use' as const, message: 'TodoWrite 1 of 3', at: '' };
  expect(lastLine({ ...run, asks, line })).toBe('Which one?');
  expect(lastLine({ ...run, wait: { reason: 'runner_busy', message: 'It is busy.' } })).toBe('It is busy.');
  expect(lastLine({ ...run, line })).toBe('Tasks 1 of 3');
  expect(lastLine({ ...run, failure: { code: 'timed_out', message: 'Too long.' } })).toBe('Too long.');
  expect(lastLine({ ...run, result: 'All is done.\nReally.' })).toBe('All is done.');
  expect(lastLine(run)).toBeUndefined();
});
