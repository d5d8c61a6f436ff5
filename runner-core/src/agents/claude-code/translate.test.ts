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
    'system: hologram',
  ]);
  expect(lines({})).toEqual(['system: message of no type']);
  expect(lines({ type: 'assistant' })).toEqual([]);
  expect(lines({ type: 'assistant', message: { content: [7, null, {}] } })).toEqual([
    'system: block of no type',
  ]);
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

test('what is no text of Claude’s never stands as its words', () => {
  const said = (block: JsonObject, more: JsonObject = {}) =>
    lines({ type: 'assistant', message: { content: [block] }, ...more });
  expect(said({ type: 'hologram', text: 'not mine' })).toEqual(['system: hologram']);
  expect(said({ type: 'image', source: {} })).toEqual(['system: [image]']);
  expect(said({ type: 'web_search_tool_result', content: [{ type: 'web_search_result' }] })).toEqual([
    'tool_result: [web_search_result]',
  ]);
  // What the CLI says in its place when the model cannot be asked.
  const trouble = { type: 'text', text: 'API Error: 529 Overloaded.' };
  expect(said(trouble, { error: 'server_error' })).toEqual(['system: API Error: 529 Overloaded.']);
});

test('an interrupted turn says so, and the CLI’s notes to its makers are shown nowhere', () => {
  // As 2.1.197 and 2.1.332 say it.
  const errors = ['[ede_diagnostic] result_type=user last_content_type=n/a stop_reason=tool_use'];
  const aborted = {
    type: 'result',
    subtype: 'error_during_execution',
    is_error: true,
    terminal_reason: 'aborted_tools',
  };
  const events = translate({ ...aborted, errors }, '/code');
  expect(events).toEqual([{ kind: 'result', message: 'interrupted', data: { ...aborted, errors: [] } }]);
  const failed = { type: 'result', subtype: 'error_during_execution', is_error: true };
  const [event] = translate({ ...failed, errors: [...errors, 'Disk full'] }, '/code');
  expect(event).toMatchObject({ kind: 'error', message: 'Disk full', data: { errors: ['Disk full'] } });
  expect(lines({ ...failed, errors })).toEqual(['error: Claude Code ended with error_during_execution.']);
});

test('what the session has to do without is told at its beginning', () => {
  const servers = [
    { name: 'db', status: 'connected' },
    { name: 'github', status: 'needs-auth' },
    { name: 'files', status: 'failed', error: 'no such file' },
    { name: 'slow', status: 'pending' },
  ];
  const init = { type: 'system', subtype: 'init', mcp_servers: servers };
  expect(lines(init)).toEqual([
    'system: session started',
    'system: MCP server github needs a login',
    'system: MCP server files failed to connect: no such file',
  ]);
  expect(translate(init, '/code')[1]?.data).toEqual({ type: 'mcp_server', ...servers[1] });
  expect(lines({ ...init, mcp_servers: 'none' })).toEqual(['system: session started']);
});

test('no line has what steers a terminal, in any kind of event; the payload stays as it was', () => {
  const text =
    '\u001b[31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u001b\\ \u009b1mbold\b\u0000\u007f 10%\r20%';
  const all = [
    { type: 'assistant', message: { content: [{ type: 'text', text }] } },
    { type: 'assistant', message: { content: [{ type: 'thinking', thinking: text }] } },
    { type: 'user', message: { content: text } },
    { type: 'user', message: { content: [{ type: 'tool_result', content: text.replace('\r', '') }] } },
    { type: 'system', subtype: 'informational', content: text },
    { type: 'system', subtype: text },
    { type: text },
    { type: 'result', subtype: 'success', is_error: true, result: text },
  ];
  for (const message of all) {
    const [event] = translate(message, '/code');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(event?.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(event?.message).toMatch(/^red link bold 10%/);
  }
  const data = { type: 'system', subtype: 'informational', content: '\u001b[31mred\u001b[0m' };
  expect(translate(data, '/code')).toEqual([{ kind: 'system', message: 'red', data }]);
});
