import { expect, test } from 'vitest';
import { counterOf } from './meter.js';
import { atNothing, FiguresOfProcess } from './process-figures.js';
import type { JsonObject } from './text.js';

const models = (inputTokens: number, costUSD: number) => ({ model: { inputTokens, costUSD } });

function result(inputTokens: number, costUSD: number, more: JsonObject = {}): JsonObject {
  const modelUsage = models(inputTokens, costUSD);
  return { type: 'result', session_id: 'one', total_cost_usd: costUSD, modelUsage, ...more };
}

const init = (claude_code_version: string) => ({ type: 'system', subtype: 'init', claude_code_version });
const share = (inputTokens: number, costUSD: number) => ({
  model_usage_since_last_result: models(inputTokens, costUSD),
});

function read(messages: JsonObject[], process = new FiguresOfProcess()) {
  for (const message of messages) process.read(message);
  return process.figures.costUsd;
}

test.each([
  ['before there was anything to tell', [result(3_300, 0.75)], 0.75],
  ['on a version that counts the process', [init('2.1.276'), result(3_300, 0.75, { result_index: 0 })], 0.75],
  ['on the first that mixes it', [init('2.1.277'), result(3_300, 0.75, { result_index: 0 })], null],
  ['on the last that mixes it', [init('2.1.308'), result(3_300, 0.75, { result_index: 0 })], null],
  ['on one that is not known', [result(3_300, 0.75, { result_index: 0 })], null],
  ['on one that tells its share', [init('2.1.309'), result(3_300, 0.75, share(300, 0.25))], 0.25],
  ['after nothing was used', [init('2.1.300'), result(0, 0, { modelUsage: {} })], 0],
  [
    'with an empty result after one that told its share',
    [result(3_300, 0.75, { ...share(300, 0.25), result_index: 0 }), result(0, 0, { result_index: 1 })],
    0.25,
  ],
  [
    'where the log says what was before',
    [
      init('2.1.300'),
      result(3_300, 0.75, { session_before: { total_cost_usd: 0.5, modelUsage: models(3_000, 0.5) } }),
    ],
    0.25,
  ],
])('of a session that may have been resumed, %s', (_when, messages, expected) => {
  expect(read(messages)).toBe(expected);
});

test('whoever knows where the counter stood can tell on every version', () => {
  const messages = [init('2.1.300'), result(3_300, 0.75), result(3_400, 1.25)];
  const before = counterOf(0.5, models(3_000, 0.5));
  expect(read(messages, new FiguresOfProcess(undefined, before, 'one'))).toBe(0.75);
  expect(read(messages, new FiguresOfProcess(undefined, atNothing))).toBe(1.25);
});

test('the counter is told on to the next process by the versions that go on with it alone', () => {
  for (const [version, costUsd] of [['2.1.276', undefined] as const, ['2.1.277', 0.75] as const]) {
    const process = new FiguresOfProcess();
    read([init(version), result(3_300, 0.75)], process);
    expect(process.counter?.costUsd).toBe(costUsd);
  }
});
