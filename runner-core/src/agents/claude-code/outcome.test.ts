import { expect, test } from 'vitest';
import { crashFailure, outcomeFailure, readResult } from './outcome.js';

test('a result without text is none', () => {
  expect(readResult({ result: 'ok' })).toEqual({ result: 'ok' });
  expect(readResult({})).toEqual({ result: null });
});

test.each([
  [{ subtype: 'success', is_error: false, result: 'please run /login is documented' }, undefined],
  [{ subtype: 'error_max_turns', is_error: true }, 'max_turns_reached'],
  [
    { subtype: 'error_max_budget_usd', is_error: true, errors: ['Reached maximum budget'] },
    'budget_exceeded',
  ],
  [
    { subtype: 'success', is_error: true, result: 'Not logged in · Please run /login' },
    'agent_not_logged_in',
  ],
  [{ subtype: 'success', is_error: true, result: 'no', api_error_status: 401 }, 'agent_not_logged_in'],
  [{ subtype: 'error_during_execution', is_error: true, errors: ['No conversation found'] }, 'agent_error'],
  [{ subtype: 'error_of_tomorrow' }, 'agent_error'],
])('the result %j is %s', (message, code) => {
  expect(outcomeFailure(message)?.code).toBe(code);
});

test('a crash tells how the process ended and the end of what it said', () => {
  expect(crashFailure(139, null, `${'x'.repeat(9_000)}panic!`)).toMatchObject({ code: 'agent_crashed' });
  expect(crashFailure(139, null, 'panic!\n').message).toBe(
    'Claude Code exited with code 139 without a result: panic!',
  );
  expect(crashFailure(null, 'SIGKILL', '').message).toBe(
    'Claude Code was ended by SIGKILL without a result.',
  );
});

test('root’s refusal of a permission mode is passed on in the CLI’s words', () => {
  const sentence =
    '--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons';
  expect(crashFailure(1, null, sentence)).toEqual({ code: 'permission_mode_not_allowed', message: sentence });
});
