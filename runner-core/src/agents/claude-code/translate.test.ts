import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { partialOf, translate } from './translate.js';

const lines = (message: JsonObject) =>
  translate(message, '/code').map(({ kind, message: line }) => `${kind}: ${line}`);

test('the beginning of a session reads exactly `session started`', () => {
  const init = { type: 'system', subtype: 'init', session_id: 's', model: 'm' };
  expect(translate(init, '/code')).toEqual([{ kind: 'system', message: 'session started', data: init }]);
});

test('each block of an assistant’s message is an event of its own, with its whole payload', () => {
  const content = [
    { type: 'thinking', thinking: 'Hm.\nWell.' },
    { type: 'text', text: 'Adding  the\nroute…' },
    { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'npm test' } },
  ];
  const message = { type: 'assistant', message: { id: 'm1', content }, parent_tool_use_id: null };
  expect(lines(message)).toEqual([
    'thinking: Hm. Well.',
    'assistant: Adding the route…',
    'tool_use: Bash npm test',
  ]);
  expect(translate(message, '/code')[2]?.data).toEqual({ ...content[2], message_id: 'm1' });
});

test('a tool’s result shows its first line and how many follow', () => {
  const result = (content: JsonObject[string]) =>
    lines({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't1', content }] } });
  expect(result('\nok 12 tests\nmore\n\nmore')).toEqual(['tool_result: ok 12 tests (+2 lines)']);
  expect(result([{ type: 'text', text: 'one' }, { type: 'image' }])).toEqual(['tool_result: one (+1 line)']);
  expect(result('')).toEqual(['tool_result: no output']);
  expect(result(7)).toEqual(['tool_result: no output']);
});

test('a status says in words what the CLI is at, and what changed', () => {
  const line = (more: JsonObject) => lines({ type: 'system', subtype: 'status', status: null, ...more });
  expect(line({ status: 'requesting' })).toEqual(['system: asking the model']);
  expect(line({ status: 'compacting' })).toEqual(['system: compacting the conversation']);
  expect(line({ permissionMode: 'plan' })).toEqual(['system: permission mode: plan']);
  expect(line({ compact_result: 'failed', compact_error: 'too short' })).toEqual([
    'system: conversation not compacted: too short',
  ]);
  expect(line({ status: 'new_thing' })).toEqual(['system: new thing']);
  expect(line({})).toEqual(['system: status']);
});

test('a result reads `done`; a failed one is an error with its reason', () => {
  expect(lines({ type: 'result', subtype: 'success', is_error: false, result: 'ok' })).toEqual([
    'result: done',
  ]);
  expect(lines({ type: 'result', subtype: 'error_max_turns', is_error: true })).toEqual([
    'error: The limit of turns was reached.',
  ]);
});

test('what is unknown, and what lacks every field, passes as an event and never throws', () => {
  expect(lines({ type: 'rate_limit_event' })).toEqual(['system: rate limit event']);
  expect(lines({ type: 'system', subtype: 'new_thing' })).toEqual(['system: new thing']);
  expect(lines({ type: 'assistant', message: { content: [{ type: 'hologram' }] } })).toEqual([
    'assistant: hologram',
  ]);
  expect(lines({})).toEqual(['system: message of no type']);
  expect(lines({ type: 'assistant' })).toEqual([]);
  expect(lines({ type: 'assistant', message: { content: [7, null, {}] } })).toEqual(['assistant: assistant']);
  expect(lines({ type: 'user', message: 'x' })).toEqual([]);
});

test('partial text is the session’s own, not a subagent’s', () => {
  const event = { type: 'content_block_delta', delta: { type: 'text_delta', text: 'pie' } };
  expect(partialOf({ type: 'stream_event', event })).toEqual({
    kind: 'assistant',
    text: 'pie',
    begins: false,
  });
  expect(partialOf({ type: 'stream_event', event, parent_tool_use_id: 't1' })).toBeUndefined();
  expect(partialOf({ type: 'stream_event' })).toBeUndefined();
});

test('a block of text or thinking begins another partial text; a tool’s input is none', () => {
  const begin = (content_block: JsonObject) =>
    partialOf({ type: 'stream_event', event: { type: 'content_block_start', content_block } });
  expect(begin({ type: 'text', text: '' })).toEqual({ kind: 'assistant', text: '', begins: true });
  expect(begin({ type: 'thinking', thinking: 'Hm' })).toEqual({ kind: 'thinking', text: 'Hm', begins: true });
  expect(begin({ type: 'tool_use', name: 'Bash' })).toBeUndefined();
  const delta = { type: 'thinking_delta', thinking: 'm' };
  const event = { type: 'content_block_delta', delta };
  expect(partialOf({ type: 'stream_event', event })).toMatchObject({ kind: 'thinking', text: 'm' });
});
