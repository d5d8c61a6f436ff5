import type { Event, EventKind, JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Conversation } from './conversation.js';

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
  const { items } = conversation(event(7, 'tool_result', 'done', { tool_use_id: 'gone' }));
  expect(items).toMatchObject([{ type: 'tool', title: 'Result of an earlier call' }]);
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
