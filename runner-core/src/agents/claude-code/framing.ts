import type { JsonObject } from '@agentfleet/contract';
import { parseLine, string } from './json.js';
import { withoutEscapes } from './text.js';

/** What a line of stdout holds, in order: messages of the CLI, and text that is none. */
export type Frame = { message: JsonObject } | { text: string };

/** How many times its own length of a line is looked at for objects: one that is all braces has none. */
const mostLooks = 4;

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
  let left = plain.length * mostLooks;
  for (let start = plain.indexOf('{'); start >= 0 && left > 0; start = plain.indexOf('{', from)) {
    const end = endOfObject(plain, start);
    left -= (end ?? plain.length) - start;
    const message = end === undefined ? undefined : messageIn(plain.slice(start, end));
    if (end === undefined || !message) {
      from = start + 1;
      continue;
    }
    keep(plain.slice(kept, start));
    frames.push({ message });
    kept = end;
    from = end;
  }
  keep(plain.slice(kept));
  return frames;
}

/** An object amid other text is a message only where it says of which type. */
function messageIn(text: string): JsonObject | undefined {
  const message = parseLine(text);
  return message && string(message.type) !== undefined ? message : undefined;
}

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
