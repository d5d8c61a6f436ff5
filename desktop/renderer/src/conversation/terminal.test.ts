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

test('256 and true colours are theirs, as far as they can be read on our ground, light or dark', () => {
  const [named, grey, cube, truly] = terminalSpans(
    `${esc}[38;5;9mx${esc}[38;5;240my${esc}[38;5;46mz${esc}[38;2;255;140;0mt`,
  );
  expect(named).toEqual({ text: 'x', className: 'ansi-brightRed' });
  expect(grey?.style?.color).toBe('light-dark(rgb(88 88 88), rgb(146 146 146))');
  expect(cube?.style?.color).toMatch(/^light-dark\(rgb\(0 \d+ 0\), rgb\(0 255 0\)\)$/);
  expect(truly?.style?.color).toMatch(/, rgb\(255 140 0\)\)$/);
  const colons = terminalSpans(`${esc}[38:2::255:140:0mt`);
  expect(colons).toEqual([truly]);
});

test('a ground has its colour, and what stands on it can be told from it', () => {
  const [alert, bare] = terminalSpans(`${esc}[31;48;2;200;0;0mx${esc}[0m${esc}[48;5;226my`);
  expect(alert?.style?.backgroundColor).toBe('rgb(200 0 0)');
  expect(alert?.style?.color).not.toBe('rgb(205 49 49)');
  expect(bare).toMatchObject({ style: { color: expect.any(String), backgroundColor: 'rgb(255 255 0)' } });
});

test('reverse video turns colours round, also where there are none, and hidden text is told', () => {
  const [plain, red, hidden] = terminalSpans(`${esc}[7mx${esc}[31my${esc}[0m${esc}[8mz`);
  expect(plain).toEqual({ text: 'x', className: 'ansi-reverse' });
  expect(red?.style?.backgroundColor).toBe('rgb(205 49 49)');
  expect(hidden).toEqual({ text: 'z', className: '' });
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
