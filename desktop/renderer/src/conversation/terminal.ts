import { parseAnsiSequences } from 'ansi-sequence-parser';

/** A stretch of output in one look. */
export interface TerminalSpan {
  text: string;
  /** Class names, e.g. `ansi-red ansi-bold`; empty for plain text. */
  className: string;
}

const esc = '\u001b';
/** Titles, links and other strings for the terminal itself: ESC ] … BEL or ESC \, and its kin. */
const strings = new RegExp(`${esc}[\\]PX^_][^\\u0007${esc}]*(?:\\u0007|${esc}\\\\)?`, 'g');
/** ESC [ … and a letter: all of it but colours (m) moves the cursor, which a log has none of. */
const moves = new RegExp(`${esc}\\[[0-?]*[ -/]*[@-ln-~]`, 'g');
const single = new RegExp(`${esc}(?:[ -/]+[0-~]|[0-Z\\\\^-~])`, 'g');
/** What a terminal does not show either; not \t, \n, \r and the esc itself. */
const control = (from: number, to: number) => `${String.fromCharCode(from)}-${String.fromCharCode(to)}`;
const invisible = new RegExp(
  `[${control(0, 8)}${control(11, 12)}${control(14, 26)}${control(28, 31)}\u007f]`,
  'g',
);
const colours = new RegExp(`${esc}\\[[0-9;:]*m`, 'g');

/** The output of a command as a terminal would show it in the end, with its colours as class names. */
export function terminalSpans(output: string): TerminalSpan[] {
  const shown = settled(output);
  if (!shown.includes(esc)) return shown === '' ? [] : [{ text: shown, className: '' }];
  return parseAnsiSequences(shown).flatMap(({ value, foreground, background, decorations }) => {
    const text = value.replaceAll(esc, '');
    if (text === '') return [];
    const classes = [...decorations].map((name) => `ansi-${name}`);
    if (foreground?.type === 'named') classes.unshift(`ansi-${foreground.name}`);
    if (foreground?.type === 'table') classes.unshift(`ansi-${tableColour(foreground.index)}`);
    if (background) classes.push('ansi-marked');
    return [{ text, className: classes.join(' ') }];
  });
}

/** The same without its colours, e.g. to be copied or searched. */
export function terminalText(output: string): string {
  return settled(output).replace(colours, '').replaceAll(esc, '');
}

/** What remains when everything was written: a line that a carriage return overwrote is what it was last. */
function settled(output: string): string {
  const plain = output.includes(esc)
    ? output.replace(strings, '').replace(moves, '').replace(single, '')
    : output;
  const lines = plain.includes('\r')
    ? plain
        .replaceAll('\r\n', '\n')
        .replaceAll(/[^\n]*\r(?=[^\n\r])/g, '')
        .replaceAll('\r', '')
    : plain;
  return lines.replace(invisible, '');
}

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** One of 256 colours by the nearest of the eight that the design has. */
function tableColour(index: number): string {
  if (index < 8) return names[index] ?? 'white';
  if (index < 16) return `bright${capital(names[index - 8] ?? 'white')}`;
  if (index >= 232) return index < 244 ? 'brightBlack' : 'white';
  const cube = index - 16;
  const [red, green, blue] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return names[(red > 2 ? 1 : 0) + (green > 2 ? 2 : 0) + (blue > 2 ? 4 : 0)] ?? 'white';
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
