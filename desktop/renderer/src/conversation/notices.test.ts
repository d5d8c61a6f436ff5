import type { Event, JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Conversation } from './conversation.js';

const at = '2026-11-30T10:00:00.000Z';
const item = (data: JsonObject, kind: Event['kind'] = 'system') => {
  const log = new Conversation();
  log.append([{ seq: 1, kind, message: 'what the runner said', data, at }]);
  return log.items[0];
};
const limit = (status: string) => ({ type: 'rate_limit_event', rate_limit_info: { status } });
const system = (subtype: string, more: JsonObject = {}) => ({ type: 'system', subtype, ...more });

test.each<[string, JsonObject, string]>([
  ['a limit that is reached', limit('rejected'), 'bad limit'],
  ['a limit that is near', limit('allowed_warning'), 'warn limit'],
  ['a hook that failed', system('hook_response', { hook_name: 'Stop', exit_code: 1 }), 'warn hook'],
  ['a hook that blocks', system('hook_response', { exit_code: 2, outcome: 'error' }), 'warn hook'],
  ['a background task that failed', system('task_notification', { status: 'failed' }), 'bad task'],
  ['a background task that was ended', system('task_notification', { status: 'killed' }), 'warn task'],
  [
    'one that was ended, told as a change',
    system('task_updated', { patch: { status: 'killed' } }),
    'warn task',
  ],
  ['a background task that is done', system('task_notification', { status: 'completed' }), 'info task'],
  ['an MCP server that failed', { type: 'mcp_server', name: 'github', status: 'failed' }, 'warn server'],
  [
    'an MCP server that needs a login',
    { type: 'mcp_server', name: 'github', status: 'needs-auth' },
    'warn server',
  ],
  ['a model that is asked again', system('api_retry'), 'warn retry'],
  ['a tool that was denied', system('permission_denied'), 'warn denied'],
  ['a word of the CLI', system('informational', { content: 'x' }), 'info message'],
  ['a warning of the CLI', system('informational', { level: 'warning' }), 'warn message'],
])('%s is a line that stands out', (_what, data, look) => {
  const shown = item(data);
  const notice = shown?.type === 'system' ? shown.notice : undefined;
  expect(`${notice?.tone} ${notice?.about}`).toBe(look);
});

test.each<[string, JsonObject]>([
  ['a limit that is far', limit('allowed')],
  ['how a task goes on', system('task_progress')],
  ['that a task ends well, before it is told', system('task_updated', { patch: { status: 'completed' } })],
  ['how many tasks there are', system('background_tasks_changed', { tasks: [] })],
  ['that a hook begins', system('hook_started')],
])('%s is no part of the conversation', (_what, data) => {
  expect(item(data)).toBeUndefined();
});

test.each<[string, JsonObject]>([
  ['a hook that went well', system('hook_response', { exit_code: 0, outcome: 'success' })],
  ['a session that began', system('init')],
  ['what no build knows yet', system('brand_new', { status: 'failed' })],
  ['what another agent says', { type: 'approval', subtype: 'init' }],
])('%s is a quiet line', (_what, data) => {
  expect(item(data)).toEqual({
    ...{ type: 'system', seq: 1, key: '1', at },
    nested: false,
    text: 'what the runner said',
  });
});

test('a block of an unknown type is not shown as Claude’s words', () => {
  expect(item({ type: 'text', text: 'Hello' }, 'assistant')?.type).toBe('assistant');
  expect(item({ text: 'Hello' }, 'assistant')?.type).toBe('assistant');
  expect(item({ type: 'hologram', text: 'Hello' }, 'assistant')).toMatchObject({
    type: 'system',
    text: 'what the runner said',
  });
});

test('ten retries are one line, which says what the last one did, also where pages meet', () => {
  const log = new Conversation();
  const retry = (seq: number): Event => {
    const data = system('api_retry', { attempt: seq });
    return { seq, kind: 'system', message: `Asked again, the ${seq}th time`, data, at };
  };
  const said = (seq: number): Event => ({ seq, kind: 'assistant', message: `said ${seq}`, data: null, at });
  const all = [said(1), ...Array.from({ length: 10 }, (_, index) => retry(index + 2)), said(12), retry(13)];
  log.append(all.slice(6));
  log.prepend(all.slice(0, 6));
  expect(log.items).toMatchObject([
    { text: 'said 1' },
    { seq: 2, text: 'Asked again, the 11th time', times: 10 },
    { text: 'said 12' },
    { seq: 13, text: 'Asked again, the 13th time' },
  ]);
});
