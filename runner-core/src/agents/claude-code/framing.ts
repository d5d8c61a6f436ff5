import type { JsonObject } from '@agentfleet/contract';
import { parseLine, string } from './json.js';
import { withoutEscapes } from './text.js';

/** What a line of stdout holds, in order: messages of the CLI, and text that is none. */
export type Frame = { message: JsonObject } | { text: string };

/** How many times its own length of a line is looked at for objects: one that is all braces has none. */
const mostLooks = 4;
/** As many characters of it are looked at in any case, however often. */
const leastLooked = 4_000_000;

/**
 * Reads one line of stdout. Nearly every line is one message. Others print there too (a shell's profile, a wrapper, a
 * terminal's title): what stands before, between or behind messages is text, and each message is read.
 */
export function framesOf(line: string): Frame[] {
  const whole = parseLine(line);
  if (whole) return [{ message: whole }];
  const plain = withoutEscapes(line);
  const frames: Frame[] = [];
  const keep = (text: string) => {
    if (text.trim() !== '') frames.push({ text: text.trim() });
  };
  let kept = 0;
  let from = 0;
  let left = Math.max(plain.length * mostLooks, leastLooked);
  // Of an object that was cut off, what follows may be parts of it, and is a message behind it.
  let isCut = false;
  for (let start = plain.indexOf('{'); start >= 0 && left > 0; start = plain.indexOf('{', from)) {
    const end = endOfObject(plain, start);
    left -= (end ?? plain.length) - start;
    const whole = plain.slice(start, end);
    const object = end === undefined ? undefined : parseLine(whole);
    if (end === undefined || !object) {
      // What is cut off within quotes may seem to end, at the end of what follows.
      isCut ||= whole.includes('"');
      from = start + 1;
      continue;
    }
    // Nothing within an object is a message, whatever it looks like.
    from = end;
    // An object amid other text is a message only where it says of which type.
    if (string(object.type) === undefined || (isCut && isPart(plain, start))) continue;
    keep(plain.slice(kept, start));
    frames.push({ message: object });
    kept = end;
    isCut = false;
  }
  keep(plain.slice(kept));
  return frames;
}

/** Whether what begins there stands where the value of a field or an item of a list does. */
const isPart = (text: string, start: number) => /[:,[]\s*$/.test(text.slice(Math.max(0, start - 20), start));

/** Behind the brace that closes the one at `start`; undefined where none does. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (quoted) {
      if (character === '\\') index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return undefined;
}
