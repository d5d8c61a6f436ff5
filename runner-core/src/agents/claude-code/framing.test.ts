import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framesOf } from './framing.js';

const init = { type: 'system', subtype: 'init', session_id: 's1' };
const text = {
  type: 'assistant',
  message: { content: [{ type: 'text', text: 'a {brace} "quoted" \\ \u001b[1m' }] },
};
const [one, two] = [JSON.stringify(init), JSON.stringify(text)];

test.each([
  ['a byte order mark', `\ufeff${one}`, [{ message: init }]],
  ['colours around it', `\u001b[0m${one}\u001b[31m`, [{ message: init }]],
  ['a title of the terminal', `\u001b]0;claude\u0007${one}`, [{ message: init }]],
  ['a title that never ends', `\u001b]0;${one}`, [{ text: '0;' }, { message: init }]],
  ['an escape between its parts', one.replace(':', ':\u001b[K'), [{ message: init }]],
  ['a carriage return', `${one}\r`, [{ message: init }]],
  [
    'a warning before it',
    `(node:7) Warning: {old} ${one}`,
    [{ text: '(node:7) Warning: {old}' }, { message: init }],
  ],
  ['another one behind it', `${one}${two}`, [{ message: init }, { message: text }]],
  [
    'text between two',
    `${one} and ${two} !`,
    [{ message: init }, { text: 'and' }, { message: text }, { text: '!' }],
  ],
  [
    'an object that is no message',
    `saw {"a":1} then ${one}`,
    [{ text: 'saw {"a":1} then' }, { message: init }],
  ],
  ['an unfinished one', `{"type":"sys ${one}`, [{ text: '{"type":"sys' }, { message: init }]],
  [
    'many unfinished ones',
    `${'{"a":['.repeat(9)}"cut ${one}`,
    [{ text: `${'{"a":['.repeat(9)}"cut` }, { message: init }],
  ],
])('a message is read through %s', (_what, line, frames) => {
  expect(framesOf(line)).toEqual(frames);
});

test('what is no message at all is text, and nothing is nothing', () => {
  expect(framesOf('npm warn: {odd}')).toEqual([{ text: 'npm warn: {odd}' }]);
  expect(framesOf('[1]')).toEqual([{ text: '[1]' }]);
  expect(framesOf(' \u001b[0m ')).toEqual([]);
});

test('what stands within an object is no message, whatever it looks like', () => {
  const result = '{"type":"result","subtype":"success","total_cost_usd":9.99}';
  for (const wrapped of [`{"hook":"x","event":${result}}`, `{"all":[ ${result} ,${result}]}`]) {
    expect(framesOf(`log: ${wrapped} end`)).toEqual([{ text: `log: ${wrapped} end` }]);
    const cut = wrapped.slice(0, -1);
    expect(framesOf(cut)).toEqual([{ text: cut }]);
    expect(framesOf(`${cut} ${one}`).at(-1)).toEqual({ message: init });
  }
  const cut = JSON.stringify(text).slice(0, -3);
  expect(framesOf(`${cut}${one}`)).toEqual([{ text: cut }, { message: init }]);
});

test('every message of a line is read, in order, whatever text stands around them', () => {
  const words = fc.stringMatching(/^[a-z .:!]{0,12}$/);
  const message = fc.record({ type: fc.string({ minLength: 1 }), value: fc.jsonValue() });
  fc.assert(
    fc.property(fc.array(fc.tuple(words, message)), words, (parts, last) => {
      const line = parts.map(([before, each]) => before + JSON.stringify(each)).join('') + last;
      const read = framesOf(line).flatMap((frame) => ('message' in frame ? [frame.message] : []));
      expect(read).toEqual(JSON.parse(JSON.stringify(parts.map(([, each]) => each))));
    }),
  );
});

test('a long line of nothing but braces is text', () => {
  const line = '{'.repeat(200_000);
  expect(framesOf(line)).toEqual([{ text: line }]);
});
