import { expect, test } from 'vitest';
import { aRun } from '../sessions/testing.js';
import { buildRequest, draftOf, readDraft } from './draft.js';

const draft = { ...readDraft(''), prompt: 'go', cwd: ' /code ' };

test('an empty form asks for nothing special', () => {
  expect(buildRequest(draft)).toEqual({
    request: {
      prompt: 'go',
      cwd: '/code',
      permissionMode: 'default',
      approvalSec: 600,
      labels: [],
      priority: 0,
      sharedCwd: false,
      retry: { maxAttempts: 1 },
    },
  });
});

test('limits are asked for in the units of the contract', () => {
  const limits = {
    timeoutMin: '1.5',
    stallMin: '5',
    maxTurns: '40',
    maxBudgetUsd: '0.1',
    queueTtlMin: '60',
    approvalMin: '0.5',
    maxAttempts: '3',
    labels: 'nightly, api, nightly,',
  };
  expect(buildRequest({ ...draft, ...limits })).toMatchObject({
    request: {
      timeoutSec: 90,
      stallSec: 300,
      maxTurns: 40,
      maxBudgetUsd: 0.1,
      queueTtlSec: 3_600,
      approvalSec: 30,
      retry: { maxAttempts: 3 },
      labels: ['nightly', 'api'],
    },
  });
});

test.each([
  ['prompt', '  '],
  ['cwd', 'code'],
  ['model', '-x'],
  ['timeoutMin', 'soon'],
  ['stallMin', '0'],
  ['maxTurns', '2.5'],
  ['maxBudgetUsd', '-1'],
  ['priority', '101'],
  ['maxAttempts', '0'],
  ['approvalMin', '-1'],
])('a wrong %s is told at its field', (field, value) => {
  const built = buildRequest({ ...draft, [field]: value });
  expect(built).toEqual({ errors: { [field]: expect.stringMatching(/\.$/) } });
});

test('a session is launched again as it was, on any runner', () => {
  const run = aRun({
    id: 'a',
    input: 'go',
    cwd: '/code',
    labels: ['x', 'y'],
    timeoutSec: 90,
    priority: 5,
    retry: { maxAttempts: 2 },
    sharedCwd: true,
    runnerId: 'run_abcdefgh',
  });
  expect(buildRequest(draftOf(run))).toEqual({
    request: {
      prompt: 'go',
      cwd: '/code',
      permissionMode: 'default',
      approvalSec: 600,
      labels: ['x', 'y'],
      timeoutSec: 90,
      priority: 5,
      sharedCwd: true,
      retry: { maxAttempts: 2 },
    },
  });
});

test.each([0, 30, 600])('a session that waits %i s for a person does so again', (approvalSec) => {
  const again = draftOf(aRun({ id: 'a', input: 'go', cwd: '/code', approvalSec }));
  expect(buildRequest(again)).toMatchObject({ request: { approvalSec } });
});

test('what was stored comes back, but never the bypass of permissions', () => {
  expect(readDraft(JSON.stringify({ ...draft, mode: 'plan' }))).toEqual({ ...draft, mode: 'plan' });
  expect(readDraft(JSON.stringify({ ...draft, mode: 'bypassPermissions' })).mode).toBe('default');
});

test.each(['', 'null', '[]', '{"prompt":1,"mode":"x"}', '{'])('a stored %j is an empty form', (stored) => {
  expect(readDraft(stored)).toEqual(readDraft(''));
});
