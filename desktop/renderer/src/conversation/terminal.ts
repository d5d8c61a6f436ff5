import { type Color, parseAnsiSequences } from 'ansi-sequence-parser';
import {
  ansiNames,
  css,
  type Rgb,
  readableOn,
  rgbOfIndex,
  rgbOfName,
  textColour,
} from './terminal-colours.js';

/** A stretch of output in one look. */
export interface TerminalSpan {
  text: string;
  /** Class names, e.g. `ansi-red ansi-bold`; empty for plain text. */
  className: string;
  /** Colours that the design has no name for. */
  style?: { color: string; backgroundColor?: string };
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
  return parseAnsiSequences(shown.replace(colours, withSemicolons)).flatMap(
    ({ value, foreground, background, decorations }) => {
      const text = value.replaceAll(esc, '');
      if (text === '') return [];
      // What a terminal would hide is told all the same.
      const classes = [...decorations].filter((name) => name !== 'hidden' && name !== 'reverse');
      const isReverse = decorations.has('reverse');
      const [front, ground] = isReverse ? [background, foreground] : [foreground, background];
      const names = classes.map((name) => `ansi-${name}`);
      const span = (className: string[], style?: TerminalSpan['style']) => [
        { text, className: className.join(' '), ...(style && { style }) },
      ];
      if (ground) {
        const [on, wanted] = [rgbOf(ground), front ? rgbOf(front) : undefined];
        const color = css(readableOn(on, wanted ?? on));
        return span(names, { color, backgroundColor: css(on) });
      }
      if (isReverse) return span(['ansi-reverse', ...names]);
      if (!front) return span(names);
      // The design has its own of the sixteen.
      const name =
        front.type === 'named' ? front.name : front.type === 'table' ? ansiNames[front.index] : undefined;
      if (name) return span([`ansi-${name}`, ...names]);
      return span(names, { color: textColour(rgbOf(front)) });
    },
  );
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

/** `38:2::1:2:3` and `4:3` as they are written mostly: `38;2;1;2;3` and `4`. */
function withSemicolons(sequence: string): string {
  if (!sequence.includes(':')) return sequence;
  const codes = sequence
    .slice(2, -1)
    .split(';')
    .map((code) => {
      const [what = '', ...more] = code.split(':');
      if (what !== '38' && what !== '48') return what;
      const [kind, ...rest] = more;
      return [what, kind, ...(kind === '2' ? rest.slice(-3) : rest)].join(';');
    });
  return `${esc}[${codes.join(';')}m`;
}

function rgbOf(colour: Color): Rgb {
  if (colour.type === 'rgb') return colour.rgb;
  return colour.type === 'table' ? rgbOfIndex(colour.index) : rgbOfName(colour.name);
}
