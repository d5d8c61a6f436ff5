import { expect, test } from 'vitest';
import { terminalSpans, terminalText } from './terminal.js';

const esc = '\u001b';

test('colours become class names, and plain output stays one piece', () => {
  expect(terminalSpans('plain\nlines')).toEqual([{ text: 'plain\nlines', className: '' }]);
  expect(terminalSpans(`a ${esc}[1;31mred${esc}[0m b`)).toEqual([
    { text: 'a ', className: '' },
    { text: 'red', className: 'ansi-red ansi-bold' },
    { text: ' b', className: '' },
  ]);
});

test('of 256 colours and of true ones something is left that can be read', () => {
  const [one, grey, cube] = terminalSpans(`${esc}[38;5;9mx${esc}[38;5;240my${esc}[38;5;46mz`);
  expect([one, grey, cube].map((span) => span?.className)).toEqual([
    'ansi-brightRed',
    'ansi-brightBlack',
    'ansi-green',
  ]);
  expect(terminalSpans(`${esc}[38;2;1;2;3mtrue${esc}[0m`).map(({ text }) => text)).toEqual(['true']);
});

test.each([
  ['links', `${esc}]8;;http://192.0.2.1/\u0007link${esc}]8;;\u0007`, 'link'],
  ['titles', `${esc}]0;title${esc}\\text`, 'text'],
  ['moves of the cursor', `${esc}[2J${esc}[H${esc}[?25lhello${esc}[1A${esc}[K`, 'hello'],
  ['bells and NULs', 'a\u0000\u0007b', 'ab'],
  ['an escape that is cut off', `cut ${esc}`, 'cut '],
  ['a sequence that is cut off', `cut ${esc}[3`, 'cut [3'],
])('%s leave only what a terminal shows', (_name, output, shown) => {
  expect(terminalText(output)).toBe(shown);
  expect(
    terminalSpans(output)
      .map(({ text }) => text)
      .join(''),
  ).toBe(shown);
});

test('a line that was overwritten is what it was last', () => {
  expect(terminalText('10 %\r50 %\r100 %\r\ndone\r\n')).toBe('100 %\ndone\n');
});
