import { expect, test } from 'vitest';
import { pinned, today } from './clis.js';
import { differences } from './protocol/compare.js';
import { install } from './protocol/install.js';
import { record } from './protocol/record.js';
import { shapeOf } from './protocol/shape.js';

test.skipIf(!today)(
  'what today’s Claude Code says otherwise than the pinned one is told',
  async () => {
    const played = ['a turn', 'an error of the API', 'control requests'];
    const [before, now] = await Promise.all(
      [pinned, today ?? pinned].map(async ({ executable }) => shapeOf(await record(executable, played))),
    );
    if (!before || !now) throw new Error('nothing was recorded');
    expect([...before.ends.keys()]).toEqual(played);
    expect(JSON.stringify([...before.ends, ...now.ends])).not.toContain('in vain');
    const told = differences(before, now).join('\n');
    expect(told).toContain('--permission-prompts');
    expect(told).toContain('interrupt_receipt_v1');
    expect(told).toMatch(/result\/success\n {4}\+ .*model_usage_since_last_result/s);
    expect(told).toMatch(
      /list_models\n {4}- “Unsupported control request subtype: list_models”\n {4}\+ answered/,
    );
    expect(told).toMatch(/- result success is_error completed 400; exit 1\n {4}\+ .* api_error 400; exit 1/);
    expect(differences(before, before)).toEqual([]);
  },
  120_000,
);

test('what one run is about is no difference: ids, names of models, the input of a tool', () => {
  const ofOneRun = (id: string, model: string, input: object) =>
    shapeOf({
      help: 'Options:\n  -p, --print  Say it\n  --verbose    Say more, as --debug does\n',
      scenarios: new Map([
        [
          'a turn',
          [
            {
              said: [
                {
                  type: 'result',
                  subtype: 'error',
                  modelUsage: { [model]: { costUSD: 1 } },
                  errors: [`No ${id}`],
                },
                { type: 'assistant', message: { content: [{ type: 'tool_use', input }] } },
              ],
              asked: new Map(),
              missed: [],
              exitCode: 0,
            },
          ],
        ],
      ]),
    });
  const one = ofOneRun('11111111-1111-4111-8111-111111111111', 'claude-opus-4-8', { a: 1 });
  const other = ofOneRun('22222222-2222-4222-8222-222222222222', 'claude-sonnet-5', { b: { c: 2 } });
  expect(differences(one, other)).toEqual([]);
  expect([...one.options]).toEqual(['--print', '--verbose']);
});

test('only a version can be asked for', async () => {
  await expect(install('latest; rm')).rejects.toThrow('no version such as');
});
