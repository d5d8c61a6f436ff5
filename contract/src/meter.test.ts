import { expect, test } from 'vitest';
import { counterOf, Meter } from './meter.js';
import { Usage } from './runs.js';
import type { JsonObject } from './text.js';

/** A `result` as the CLI says it: its counter by model as [input tokens, USD]. */
function result(models: Record<string, [number, number]>, more: JsonObject = {}): JsonObject {
  const costs = Object.values(models).map(([, costUsd]) => costUsd);
  return {
    type: 'result',
    session_id: 'one',
    num_turns: 1,
    total_cost_usd: costs.reduce((sum, costUsd) => sum + costUsd, 0),
    modelUsage: byModel(models),
    ...more,
  };
}

function byModel(models: Record<string, [number, number]>): JsonObject {
  return Object.fromEntries(
    Object.entries(models).map(([name, [inputTokens, costUSD]]) => [name, { inputTokens, costUSD }]),
  );
}

function count(results: JsonObject[], meter = new Meter()) {
  for (const message of results) meter.add(message);
  const { numTurns, costUsd, usage } = meter.figures;
  return {
    numTurns,
    costUsd: costUsd === null ? null : Number(costUsd.toFixed(9)),
    inputTokens: usage?.inputTokens ?? null,
    models: Object.keys(usage?.byModel ?? {}),
  };
}

test('figures are counted by model and summed, subagents included', () => {
  const figures = { inputTokens: 10, outputTokens: 2, cacheReadInputTokens: 3, cacheCreationInputTokens: 4 };
  const meter = new Meter();
  meter.add({
    num_turns: 2,
    total_cost_usd: 1,
    usage: { input_tokens: 10 },
    modelUsage: { a: { ...figures, costUSD: 0.5 }, b: { ...figures, costUSD: 0.5 } },
  });
  const one = {
    inputTokens: 10,
    outputTokens: 2,
    cacheReadTokens: 3,
    cacheCreationTokens: 4,
    costUsd: 0.5,
  };
  expect(meter.figures).toEqual({
    numTurns: 2,
    costUsd: 1,
    usage: {
      inputTokens: 20,
      outputTokens: 4,
      cacheReadTokens: 6,
      cacheCreationTokens: 8,
      byModel: { a: one, b: one },
    },
  });
});

test('a counter of the process is counted to where it stands after several results, and turns are summed', () => {
  expect(count([result({ a: [1_000, 0.005] }), result({ a: [3_000, 0.0155] })])).toEqual({
    numTurns: 2,
    costUsd: 0.0155,
    inputTokens: 3_000,
    models: ['a'],
  });
});

test('of a counter that goes on from the session before only the share of this process is counted', () => {
  const share = (models: Record<string, [number, number]>) => ({
    model_usage_since_last_result: byModel(models),
  });
  const results = [
    result({ a: [3_300, 0.0138] }, share({ a: [300, 0.0014] })),
    result({ a: [3_300, 0.0138], b: [40, 0.00036] }, share({ b: [40, 0.00036] })),
  ];
  const expected = { numTurns: 2, costUsd: 0.00176, inputTokens: 340, models: ['a', 'b'] };
  expect(count(results)).toEqual(expected);
  const untold = results.map(({ model_usage_since_last_result, ...rest }) => rest);
  const before = counterOf(0.0124, byModel({ a: [3_000, 0.0124] }));
  expect(count(untold, new Meter(before, 'one'))).toEqual(expected);
});

test.each([
  ['with nothing by model', result({}, { num_turns: 0 })],
  ['without any figures', { type: 'result', session_id: 'one', num_turns: 0, total_cost_usd: 0 }],
  ['with no words about money', { type: 'result', num_turns: 0 }],
])('a result %s takes nothing from those before or after it', (_what, empty) => {
  const expected = { numTurns: 2, costUsd: 0.0155, inputTokens: 3_000, models: ['a'] };
  const first = result({ a: [1_000, 0.005] });
  const second = result({ a: [3_000, 0.0155] });
  expect(count([first, second, empty])).toEqual(expected);
  expect(count([first, empty, second])).toEqual(expected);
  expect(count([empty, first, second])).toEqual(expected);
});

test('a counter that begins anew in a cleared conversation is counted on both sides, however far it gets', () => {
  const cleared = result({}, { num_turns: 0, session_id: 'two' });
  for (const [tokens, costUsd] of [[300, 0.00175] as const, [5_000, 0.025] as const]) {
    const after = result({ a: [tokens, costUsd] }, { session_id: 'two' });
    const before = counterOf(0.002, byModel({ a: [400, 0.002] }));
    const resumed = new Meter(before, 'one');
    expect(count([result({ a: [1_400, 0.007] }), cleared, after], resumed)).toMatchObject({
      costUsd: Number((0.005 + costUsd).toFixed(9)),
      inputTokens: 1_000 + tokens,
    });
    expect(count([cleared, after], new Meter(before, 'one'))).toMatchObject({
      costUsd,
      inputTokens: tokens,
    });
  }
});

test('a counter that goes on in a cleared conversation is counted once', () => {
  const goesOn = { session_id: 'two' };
  const results = [result({ a: [1_000, 0.005] }), result({ a: [1_300, 0.007] }, goesOn)];
  expect(count(results)).toMatchObject({ costUsd: 0.007, inputTokens: 1_300 });
});

test('a cost is still counted where nothing is said by model, with the tokens of each message', () => {
  const usage = { input_tokens: 7, output_tokens: 1, cache_read_input_tokens: 2 };
  const meter = new Meter();
  meter.add({ total_cost_usd: 0.5, usage });
  meter.add({ total_cost_usd: 0.75, usage });
  expect(meter.figures).toEqual({
    numTurns: null,
    costUsd: 0.75,
    usage: { inputTokens: 14, outputTokens: 2, cacheReadTokens: 4, cacheCreationTokens: 0, byModel: {} },
  });
});

test('odd figures still satisfy the contract, and none are none', () => {
  const meter = new Meter();
  const odd = {
    a: { costUSD: 'x', inputTokens: -1 },
    b: 7,
    constructor: { inputTokens: 1.5 },
    'c\0\ud800': {},
  };
  meter.add({ usage: { input_tokens: -1, output_tokens: 1.5 }, modelUsage: odd, total_cost_usd: -1 });
  meter.add({ modelUsage: odd, total_cost_usd: 'x' });
  expect(meter.figures.costUsd).toBe(0);
  expect(Usage.safeParse(meter.figures.usage).error).toBeUndefined();
  expect(meter.figures.usage).toMatchObject({ inputTokens: 1 });
  expect(count([{}])).toEqual({ numTurns: null, costUsd: null, inputTokens: null, models: [] });
});
