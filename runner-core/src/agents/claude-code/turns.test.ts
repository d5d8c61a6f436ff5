import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Turns } from './turns.js';

const init = { type: 'system', subtype: 'init' };
const says = { type: 'assistant', message: { content: [] } };
const result = (more: JsonObject = {}): JsonObject => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  result: 'ok',
  total_cost_usd: 1,
  ...more,
});

function after(...messages: JsonObject[]): Turns {
  const turns = new Turns();
  for (const message of messages) turns.read(message);
  return turns;
}

test('a session is in a turn until its result, and again when the next one begins', () => {
  expect(after(init, says).inTurn).toBe(true);
  expect(after(init, says, result()).inTurn).toBe(false);
  expect(after(init, result(), init).inTurn).toBe(true);
  expect(after(init, result(), says).inTurn).toBe(true);
  expect(after(init, result(), init, result()).inTurn).toBe(false);
});

test('what a subagent in the background says is no turn', () => {
  const subagent = { ...says, parent_tool_use_id: 'toolu_1' };
  expect(after(init, result(), subagent, { ...subagent, type: 'stream_event' }).inTurn).toBe(false);
});

test('a turn that is queued keeps it in a turn', () => {
  expect(after(init, result({ queued_turn_count: 1 })).inTurn).toBe(true);
  expect(after(init, result({ queued_turn_count: 1 }), init, result({ queued_turn_count: 0 })).inTurn).toBe(
    false,
  );
});

test('the last turn counts, and the text of the last one that has any', () => {
  const { result: last, text } = after(
    init,
    result({ result: 'the answer' }),
    init,
    result({ result: '', total_cost_usd: 2 }),
  );
  expect(last).toMatchObject({ total_cost_usd: 2 });
  expect(text).toBe('the answer');
});

test('a result that ends no turn does not count, unless it has an answer or tells of more that was spent', () => {
  const spurious = { subtype: 'error_during_execution', is_error: true, result: null, total_cost_usd: 0 };
  expect(after(init, result(), result(spurious)).result).toMatchObject({ is_error: false });
  expect(after(init, result(), result({ ...spurious, total_cost_usd: 2 })).result).toMatchObject({
    is_error: true,
  });
  expect(after(init, result(), result({ result: 'more' })).text).toBe('more');
});

test('a turn in which nothing was said, asked or answered takes nothing from the answer before', () => {
  const aborted = { subtype: 'error_during_execution', is_error: true, result: null, total_cost_usd: 0 };
  const { result: last, text, inTurn } = after(init, result(), init, result({ ...aborted, num_turns: 0 }));
  expect({ last, text, inTurn }).toMatchObject({ last: { is_error: false }, text: 'ok', inTurn: false });
  for (const turn of [
    [init, says, result(aborted)],
    [init, result({ ...aborted, num_turns: 1 })],
    [init, result({ ...aborted, result: 'Credit balance is too low' })],
  ])
    expect(after(init, says, result(), ...turn).result).toMatchObject({ is_error: true });
});

test('the only result counts, however odd it is', () => {
  expect(after(result({ is_error: true })).result).toMatchObject({ is_error: true });
  expect(after({ type: 'result' }).result).toEqual({ type: 'result' });
});
