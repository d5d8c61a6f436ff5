import { expect, test } from 'vitest';
import { FinishRun } from './runner-protocol.js';

const finish = {
  token: `att_${'x'.repeat(22)}`,
  status: 'SUCCEEDED',
  failure: null,
  agentSessionId: 'session-1',
  result: 'done',
  numTurns: 1,
  costUsd: 0.01,
  usage: null,
  finishedAt: '2026-11-23T10:00:01.000Z',
  lastSeq: 0,
  logChecksum: 0,
};
const failure = { code: 'agent_error', message: 'It failed' };

test.each([
  ['a good end without a failure', {}, true],
  ['a failure with its reason', { status: 'FAILED', failure }, true],
  ['a failure without a reason', { status: 'FAILED' }, false],
  ['a good end with a failure', { failure }, false],
  ['a cancelled one with a failure', { status: 'CANCELLED', failure }, false],
])('%s: %o is taken: %j', (_what, change, taken) => {
  expect(FinishRun.safeParse({ ...finish, ...change }).success).toBe(taken);
});
