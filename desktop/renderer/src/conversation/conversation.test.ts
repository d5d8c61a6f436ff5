import type { Event, EventKind, JsonObject, PartialText } from '@agentfleet/contract';
import { afterEach, expect, test, vi } from 'vitest';
import { Conversation } from './conversation.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

function event(seq: number, kind: EventKind, message: string, data: JsonObject | null = null): Event {
  return { seq, kind, message, data, at: '2026-11-23T21:00:00.000Z' };
}

function conversation(...events: Event[]): Conversation {
  const conversation = new Conversation();
  conversation.append(events);
  return conversation;
}

test('a tool’s result is joined to its call, also when other events come in between', () => {
  const { items } = conversation(
    event(1, 'tool_use', 'Bash ls', { id: 'a', name: 'Bash', input: { command: 'ls' } }),
    event(2, 'tool_use', 'Read x', { id: 'b', name: 'Read', input: {} }),
    event(3, 'assistant', 'meanwhile'),
    event(4, 'tool_result', 'ok', { tool_use_id: 'a', content: [{ type: 'text', text: 'README.md' }] }),
  );
  expect(items.map((item) => item.type)).toEqual(['tool', 'tool', 'assistant']);
  expect(items[0]).toMatchObject({ name: 'Bash', result: { text: 'README.md', isError: false } });
  expect(items[1]).toMatchObject({ name: 'Read', result: null });
});

test('a result replaces its item instead of changing it, so that a drawn one is known to be outdated', () => {
  const log = conversation(event(1, 'tool_use', 'Bash ls', { id: 'a', name: 'Bash' }));
  const before = log.items[0];
  log.append([event(2, 'tool_result', 'denied', { tool_use_id: 'a', is_error: true })]);
  expect(before).toMatchObject({ result: null });
  expect(log.items[0]).toMatchObject({ result: { isError: true, text: 'denied' } });
});

test('a result without its call is shown by itself', () => {
  const { items } = conversation(event(1, 'tool_result', 'done', { tool_use_id: 'gone' }));
  expect(items).toMatchObject([{ type: 'tool', title: 'Result of an earlier call' }]);
});

test('an event that cannot be read is a line that says so, and the others are read', () => {
  const reported: unknown[] = [];
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
  const broken = new Proxy({} as JsonObject, {
    get(_, name) {
      if (name === 'name') throw new TypeError('broken');
      return undefined;
    },
  });
  const { items, lastSeq } = conversation(
    event(1, 'assistant', 'before'),
    event(2, 'tool_use', 'Bash ls', broken),
    event(3, 'assistant', 'after'),
  );
  expect(items).toMatchObject([
    { text: 'before' },
    { type: 'error', seq: 2, text: 'This event (tool_use) could not be read: TypeError: broken\nBash ls' },
    { text: 'after' },
  ]);
  expect(lastSeq).toBe(3);
  expect(reported).toHaveLength(1);
});

test('an event that comes twice is shown once', () => {
  const log = conversation(event(1, 'assistant', 'hello'));
  log.append([event(1, 'assistant', 'hello'), event(2, 'assistant', 'again')]);
  expect(log.items.map((item) => item.seq)).toEqual([1, 2]);
  expect(log.lastSeq).toBe(2);
});

test('the whole text stands in the payload; the one-line message serves where there is none', () => {
  const { items } = conversation(
    event(1, 'assistant', 'First…', { text: 'First\n\nSecond' }),
    event(2, 'assistant', 'Only a line'),
  );
  expect(items).toMatchObject([{ text: 'First\n\nSecond' }, { text: 'Only a line' }]);
});

test('the result carries what the session cost, in Claude’s own words', () => {
  const { items } = conversation(
    event(1, 'result', 'done', { result: 'All green', total_cost_usd: 0.12, num_turns: 3, duration_ms: 950 }),
  );
  expect(items).toMatchObject([
    { text: 'All green', costUsd: 0.12, turns: 3, durationMs: 950, isError: false },
  ]);
});

const call = (seq: number, id: string) => event(seq, 'tool_use', 'Bash ls', { id, name: 'Bash' });
test('a result shows what it used itself, not what the session’s runs before it did', () => {
  const used = (inputTokens: number, costUSD: number) => ({ model: { inputTokens, costUSD } });
  const stands = { total_cost_usd: 0.75, modelUsage: used(3_300, 0.75) };
  const { items } = conversation(
    event(1, 'result', 'done', { ...stands, model_usage_since_last_result: used(300, 0.25) }),
    event(2, 'result', 'done', {
      ...stands,
      result_index: 0,
      session_before: { total_cost_usd: 0.5, modelUsage: used(3_000, 0.5) },
    }),
    event(3, 'result', 'done', stands),
    // It may be all of a session's, and nothing tells.
    event(4, 'result', 'done', { ...stands, result_index: 0 }),
  );
  const own = { costUsd: 0.25, models: [{ inputTokens: 300, costUsd: 0.25 }] };
  const all = { costUsd: 0.75, models: [{ inputTokens: 3_300, costUsd: 0.75 }] };
  expect(items).toMatchObject([own, own, all, { costUsd: undefined, models: [] }]);
});

const answer = (seq: number, id: string) => event(seq, 'tool_result', 'ok', { tool_use_id: id });
const piece = (text: string, more: Partial<PartialText> = {}): PartialText => ({
  block: 1,
  kind: 'assistant',
  afterSeq: 1,
  offset: 0,
  text,
  ...more,
});

test('loaded from its end, a result waits for its call; nothing that was shown is taken away', () => {
  const log = conversation(event(11, 'assistant', 'eleven'), answer(12, 'a'), event(13, 'assistant', 'more'));
  expect([log.firstSeq, log.items.map(({ seq }) => seq)]).toEqual([11, [11, 13]]);
  log.prepend([event(6, 'assistant', 'six'), call(7, 'a'), call(8, 'b'), answer(9, 'b'), answer(10, 'far')]);
  expect(log.items.map(({ seq }) => seq)).toEqual([6, 7, 8, 11, 13]);
  expect(log.items.slice(1, 3)).toMatchObject([{ result: { seq: 12 } }, { result: { seq: 9 } }]);
  log.prepend([event(1, 'system', 'session started')]);
  expect(log.items.map(({ seq }) => seq)).toEqual([1, 6, 7, 8, 10, 11, 13]);
});

test('a call that was loaded later is still answered by what comes', () => {
  const log = conversation(event(5, 'assistant', 'five'));
  log.prepend([call(4, 'a')]);
  log.append([answer(6, 'a')]);
  expect(log.items).toMatchObject([{ seq: 4, result: { seq: 6 } }, { seq: 5 }]);
});

test('a text grows at the end while it is produced, and its event takes its place on the screen', () => {
  const log = conversation(event(1, 'system', 'session started'));
  log.produce(piece('Hel'));
  log.produce(piece('lo', { offset: 3 }));
  expect(log.at(1)).toMatchObject({ type: 'assistant', text: 'Hello', live: true });
  const { key } = log.live ?? {};
  log.append([event(2, 'tool_result', 'of a subagent', { parent_tool_use_id: 'x', tool_use_id: 'y' })]);
  expect(log.live?.text).toBe('Hello');
  log.append([event(3, 'assistant', 'Hello world')]);
  expect([log.live, log.items.at(-1)?.key]).toEqual([null, key]);
});

test('a piece that is late, comes twice or follows a gap changes nothing that it should not', () => {
  const log = conversation(event(1, 'system', 'session started'));
  log.produce(piece('world', { offset: 6 }));
  expect(log.live).toBeNull();
  log.produce(piece('Hello'));
  log.produce(piece('Hello'));
  expect(log.live?.text).toBe('Hello');
  log.append([event(2, 'assistant', 'Hello')]);
  log.produce(piece(' again', { offset: 5 }));
  expect(log.live).toBeNull();
  log.produce(piece('Next', { block: 2, afterSeq: 2 }));
  expect(log.live?.text).toBe('Next');
  log.end();
  expect(log.length).toBe(2);
});

test('the item of an event is found by its seq, that of a result by its call', () => {
  const log = conversation(event(1, 'system', 'x'), call(2, 'a'), answer(3, 'a'), event(4, 'assistant', 'y'));
  expect([1, 2, 3, 4, 99].map((seq) => log.indexOf(seq))).toEqual([0, 1, 1, 2, 2]);
});

test('what the agent says of its own progress is no part of the conversation', () => {
  const { items, lastSeq } = conversation(
    event(1, 'system', 'asking the model', { subtype: 'status', status: 'requesting' }),
    event(2, 'system', 'thinking tokens', { subtype: 'thinking_tokens', tokens: 12 }),
  );
  expect([items, lastSeq]).toEqual([[], 2]);
});

test('that the permission mode changed, or a compaction failed, is part of it though it comes as a status', () => {
  const { items } = conversation(
    event(1, 'system', 'permission mode: plan', { subtype: 'status', status: null, permissionMode: 'plan' }),
    event(2, 'system', 'not compacted: too long', {
      subtype: 'status',
      status: null,
      compact_error: 'too long',
    }),
  );
  expect(items.map((item) => item.type === 'system' && item.text)).toEqual([
    'permission mode: plan',
    'not compacted: too long',
  ]);
});

const permission = (seq: number, state: string, more: JsonObject = {}) =>
  event(seq, 'system', `${state}: Bash ls`, {
    type: 'approval',
    state,
    requestId: 'r',
    toolUseId: 'a',
    tool: 'Bash',
    ...more,
  });
const bashCall = event(1, 'tool_use', 'Bash ls', { id: 'a', name: 'Bash', input: { command: 'ls' } });

test('what is said of a permission stands in the card of its call, the newest word of it', () => {
  const log = conversation(bashCall, event(2, 'assistant', 'meanwhile'), permission(3, 'waiting'));
  expect(log.items).toMatchObject([{ asked: { state: 'waiting' } }, { type: 'assistant' }]);
  expect(log.lastAsked).toBe(3);
  const drawn = log.items[0];
  log.append([
    permission(4, 'denied', { decidedBy: 'laptop', reason: 'no' }),
    event(5, 'tool_result', 'no', { tool_use_id: 'a', is_error: true }),
  ]);
  expect(log.items[0]).not.toBe(drawn);
  expect(log.items).toMatchObject([
    {
      asked: { state: 'denied', decidedBy: 'laptop', reason: 'no', forSession: false },
      result: { isError: true },
    },
    { type: 'assistant' },
  ]);
  expect(log.lastAsked).toBe(4);
});

test('a permission whose call is not there, or of a state nobody knows, is a line of its own', () => {
  const { items } = conversation(permission(1, 'waiting'), permission(2, 'pondered'), {
    ...permission(3, 'waiting'),
    data: { type: 'approval', state: 'waiting', toolUseId: null },
  });
  expect(items.map(({ type }) => type)).toEqual(['system', 'system', 'system']);
});

test('a permission is joined also in a part of the log that is loaded later', () => {
  const log = conversation(event(4, 'tool_result', 'ok', { tool_use_id: 'a', content: 'README' }));
  log.prepend([bashCall, permission(2, 'waiting'), permission(3, 'allowed', { decidedBy: 'laptop' })]);
  expect(log.items).toMatchObject([{ asked: { state: 'allowed' }, result: { text: 'README' } }]);
});

test('a beginning that was given back and is read again is what it was, wherever it was cut and whatever came meanwhile', () => {
  for (let cut = 1; cut < 14; cut += 1) {
    for (let when = 4; when <= 20; when += 1) {
      const events = [
        event(1, 'assistant', 'first'),
        ...callAsked(2, 'a'),
        event(6, 'tool_use', 'Task', { id: 'task', name: 'Task' }),
        event(7, 'assistant', 'a word', { parent_tool_use_id: 'task' }),
        event(8, 'tool_result', 'ok', { tool_use_id: 'a' }),
        event(9, 'tool_result', 'of nobody', { tool_use_id: 'nobody' }),
        ...callAsked(10, 'b'),
        event(14, 'tool_result', 'ok', { tool_use_id: 'b', parent_tool_use_id: 'task' }),
        event(15, 'thinking', 'hm'),
        event(16, 'tool_use', 'Edit x', { id: 'c', name: 'Edit' }),
        event(17, 'assistant', 'a word'),
        event(18, 'tool_result', 'ok', { tool_use_id: 'task' }),
        event(19, 'tool_result', 'ok', { tool_use_id: 'c' }),
        event(20, 'assistant', 'last'),
      ];
      // A permission is told with its call or, where that is far, by itself.
      if ([4, 5, 12, 13].includes(when)) continue;
      const log = conversation(...events.slice(0, when));
      log.giveBack(cut);
      log.append(events.slice(when));
      expect(log.items.every(({ seq }) => seq >= log.firstSeq)).toBe(true);
      log.prepend(events.slice(0, log.firstSeq - 1));
      expect(log.firstSeq).toBe(1);
      expect(log.items, `cut ${cut} when ${when}`).toEqual(conversation(...events).items);
    }
  }
});

/** A call, and the permission for it, which takes three more events. */
function callAsked(seq: number, id: string): Event[] {
  const approval = (nth: number, state: string) =>
    event(seq + nth, 'system', state, { type: 'approval', toolUseId: id, state });
  return [
    event(seq, 'tool_use', 'Bash', { id, name: 'Bash' }),
    event(seq + 1, 'assistant', 'meanwhile'),
    approval(2, 'PENDING'),
    approval(3, 'ALLOWED'),
  ];
}
