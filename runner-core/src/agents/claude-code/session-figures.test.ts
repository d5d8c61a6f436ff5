import type { JsonObject } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { SessionFigures } from './session-figures.js';

const counter = (inputTokens: number, costUSD: number) => ({ model: { inputTokens, costUSD } });

function result(inputTokens: number, costUSD: number, more: JsonObject = {}): JsonObject {
  const modelUsage = counter(inputTokens, costUSD);
  return {
    type: 'result',
    session_id: 'one',
    num_turns: 1,
    total_cost_usd: costUSD,
    modelUsage,
    ...more,
  };
}

/** The CLI's answer to the question, where it has one. */
function answer(figures: SessionFigures, inputTokens: number, costUSD: number): JsonObject {
  const session = { total_cost_usd: costUSD, model_usage: counter(inputTokens, costUSD) };
  const request_id = figures.question?.request_id ?? '';
  return {
    type: 'control_response',
    response: { subtype: 'success', request_id, response: { session } },
  };
}

const init = (claude_code_version: string) => ({ type: 'system', subtype: 'init', claude_code_version });

test.each([
  ['2.1.163', false],
  ['2.1.276', false],
  ['2.1.277', true],
  ['2.1.308', true],
  ['2.1.309', false],
  ['2.1.332', false],
  ['3.0.0', false],
  [null, false],
])('a resumed session on %s is asked what it used before: %s', (version, asked) => {
  expect(new SessionFigures('one', version).question !== null).toBe(asked);
  expect(new SessionFigures(null, version).question).toBeNull();
});

test('what the session used before is taken off, and the log says how much that was', () => {
  const figures = new SessionFigures('one', '2.1.300');
  figures.read(answer(figures, 3_000, 0.5));
  const first = figures.read(result(3_300, 0.75));
  const second = figures.read(result(3_400, 1.25));
  expect(figures.figures).toMatchObject({ numTurns: 2, costUsd: 0.75, usage: { inputTokens: 400 } });
  const before = { total_cost_usd: 0.5, modelUsage: counter(3_000, 0.5) };
  expect([first.session_before, second.session_before]).toEqual([before, before]);
});

test('where the CLI tells its own share that one counts, and its words are kept as they are', () => {
  const figures = new SessionFigures('one', '2.1.332');
  const told = result(3_300, 0.75, { model_usage_since_last_result: counter(300, 0.25) });
  expect(figures.read(told)).toBe(told);
  expect(figures.figures).toMatchObject({ costUsd: 0.25, usage: { inputTokens: 300 } });
});

test('a counter of the process is counted whole, also where the process before had used less', () => {
  const figures = new SessionFigures('one', '2.1.197');
  const said = result(3_300, 0.75);
  expect(figures.read(said)).toBe(said);
  expect(figures.figures).toMatchObject({ costUsd: 0.75, usage: { inputTokens: 3_300 } });
});

test('no figure is told where the CLI mixes it with earlier ones and does not say which', () => {
  const figures = new SessionFigures('one', '2.1.197');
  figures.read(init('2.1.300'));
  figures.read(result(3_300, 0.75));
  expect(figures.figures).toEqual({ numTurns: 1, costUsd: null, usage: null });
  // It was updated meanwhile: what runs is what counts.
  const newer = new SessionFigures('one', '2.1.300');
  newer.read(init('2.1.332'));
  newer.read(result(300, 0.25, { model_usage_since_last_result: counter(300, 0.25) }));
  expect(newer.figures).toMatchObject({ costUsd: 0.25 });
});

test('other answers and sessions without a result change nothing', () => {
  const figures = new SessionFigures('one', '2.1.300');
  figures.read({ type: 'control_response', response: { request_id: 'interrupt_1', response: {} } });
  figures.read({ type: 'control_response', response: { request_id: 'figures_before', error: 'no' } });
  expect(figures.figures).toEqual({ numTurns: null, costUsd: null, usage: null });
});
