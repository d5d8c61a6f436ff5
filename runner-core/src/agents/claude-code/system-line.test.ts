import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { isControl } from './control.js';
import { systemLine } from './system-line.js';

// Messages as Claude Code 2.1.197 and 2.1.332 print them, without their ids.
const said = (subtype: string, more: JsonObject = {}) => systemLine({ type: 'system', subtype, ...more });
const hook = (more: JsonObject) => ({
  hook_id: 'h1',
  hook_name: 'PreToolUse:Bash',
  hook_event: 'PreToolUse',
  output: '',
  stdout: '',
  stderr: '',
  ...more,
});

test('a hook’s result says which hook, how it ended, and what it complained of', () => {
  const line = (more: JsonObject) => said('hook_response', hook(more));
  expect(line({ outcome: 'error', exit_code: 1, stderr: 'no eslint\n' })).toBe(
    'hook PreToolUse:Bash failed with exit code 1: no eslint',
  );
  expect(line({ outcome: 'error', exit_code: 2, stderr: 'not here\n', stdout: 'x' })).toBe(
    'hook PreToolUse:Bash failed with exit code 2: not here',
  );
  expect(line({ outcome: 'success', exit_code: 0, stdout: 'formatted 3 files\n' })).toBe(
    'hook PreToolUse:Bash succeeded: formatted 3 files',
  );
  expect(line({ outcome: 'cancelled', exit_code: 1 })).toBe('hook PreToolUse:Bash was cancelled');
  expect(line({ outcome: 'error' })).toBe('hook PreToolUse:Bash failed');
  expect(said('hook_response')).toBe('hook response');
});

test('a task that fails or is stopped says so, with what it was', () => {
  expect(said('task_started', { task_id: 'b1', description: 'Run the server' })).toBe(
    'task started: Run the server',
  );
  const end = (status: string, summary: string) =>
    said('task_notification', { task_id: 'b1', status, summary });
  expect(end('failed', 'Background command "Run the server" failed with exit code 3')).toBe(
    'task failed: Background command "Run the server" failed with exit code 3',
  );
  expect(end('stopped', 'Run the server')).toBe('task stopped: Run the server');
  expect(said('task_updated', { task_id: 'b1', patch: { status: 'killed', end_time: 1 } })).toBe(
    'task b1 killed',
  );
  expect(said('task_updated', { task_id: 'b1', patch: { status: 'failed', error: 'no disk' } })).toBe(
    'task b1 failed: no disk',
  );
});

test.each([
  [
    'informational',
    { content: 'Operation stopped by hook: stop it', level: 'warning' },
    'Operation stopped by hook: stop it',
  ],
  ['notification', { key: 'k', text: 'Context is low', priority: 'high' }, 'Context is low'],
  [
    'permission_denied',
    { tool_name: 'Bash', decision_reason_type: 'mode', message: 'For the model …' },
    'permission denied: Bash (mode)',
  ],
  [
    'permission_denied',
    { tool_name: 'Bash', decision_reason: 'In deny list', decision_reason_type: 'rule' },
    'permission denied: Bash (In deny list)',
  ],
  [
    'model_fallback',
    { original_model: 'a', fallback_model: 'b', content: 'a is overloaded; b goes on' },
    'a is overloaded; b goes on',
  ],
  ['model_refusal_fallback', { original_model: 'a', fallback_model: 'b' }, 'model changed from a to b'],
  ['model_refusal_no_fallback', { original_model: 'a', content: '' }, 'a refused to answer'],
  [
    'api_retry',
    { error: 'server_error', attempt: 1, max_retries: 10 },
    'waiting to ask the model again after server error (1 of 10)',
  ],
  [
    'plugin_install',
    { name: 'lint', status: 'failed', error: 'no network' },
    'plugin lint failed: no network',
  ],
  ['session_state_changed', { state: 'idle' }, 'session state changed: idle'],
  ['worker_shutting_down', { reason: 'host gone' }, 'worker shutting down: host gone'],
  ['compact_boundary', {}, 'conversation compacted'],
  ['of_tomorrow', {}, 'of tomorrow'],
  ['of_tomorrow', { content: 'It is late' }, 'of tomorrow: It is late'],
  ['of_tomorrow', { content: { deep: 1 }, text: 7, reason: ' ' }, 'of tomorrow'],
  ['constructor', {}, 'constructor'],
])('%s with %j reads “%s”', (subtype, more, line) => {
  expect(said(subtype, more)).toBe(line);
});

test.each([
  'hook_response task_started task_updated task_notification permission_denied model_fallback plugin_install informational',
])('a message of a known type without its fields is named after its type', (all) => {
  for (const subtype of all.split(' ').filter((name) => name !== 'plugin_install'))
    expect(said(subtype)).toBe(subtype.replaceAll('_', ' '));
});

test('what repeats while something goes on, and whose end is told, does not drown the log', () => {
  const passes = (message: JsonObject) => isControl(message);
  const system = (subtype: string, more: JsonObject = {}) => passes({ type: 'system', subtype, ...more });
  expect(passes({ type: 'tool_progress', tool_name: 'Bash', elapsed_time_seconds: 30 })).toBe(true);
  expect(system('task_progress', { description: 'Running npm test' })).toBe(true);
  expect(system('background_tasks_changed', { tasks: [] })).toBe(true);
  expect(system('hook_started', hook({}))).toBe(true);
  expect(system('hook_progress', hook({ stdout: 'x' }))).toBe(true);
  expect(system('hook_response', hook({ outcome: 'success', exit_code: 0 }))).toBe(true);
  expect(system('task_updated', { patch: { status: 'completed' } })).toBe(true);
  expect(system('task_started', { skip_transcript: true })).toBe(true);
  expect(system('hook_response', hook({ outcome: 'success', exit_code: 0, stdout: 'x' }))).toBe(false);
  expect(system('hook_response', hook({ outcome: 'error', exit_code: 1 }))).toBe(false);
  expect(system('task_updated', { patch: { status: 'killed' } })).toBe(false);
  expect(system('task_notification', { status: 'completed' })).toBe(false);
  expect(system('of_tomorrow')).toBe(false);
});
