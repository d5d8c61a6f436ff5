import type { Event, JsonObject } from '@agentfleet/contract';
import type { Hunk } from './hunk.js';

/** The value at the first of `names` that is a string. */
export function textAt(data: JsonObject | null, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = data?.[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** The value at the first of `names` that is a number. */
export function numberAt(data: JsonObject | null, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = data?.[name];
    if (typeof value === 'number') return value;
  }
  return undefined;
}

/** The object at `name`; null when there is none. */
export function objectAt(data: JsonObject | null, name: string): JsonObject | null {
  const value = data?.[name];
  return isObject(value) ? value : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The hunks of a change as Claude Code tells them; undefined where it tells none. */
export function hunksAt(data: JsonObject | null): Hunk[] | undefined {
  const patch = data?.structuredPatch;
  if (!Array.isArray(patch)) return undefined;
  const hunks = patch.filter(isObject).map((hunk) => ({
    oldStart: numberAt(hunk, 'oldStart') ?? 1,
    newStart: numberAt(hunk, 'newStart') ?? 1,
    lines: Array.isArray(hunk.lines) ? hunk.lines.filter((line) => typeof line === 'string') : [],
  }));
  return hunks.some(({ lines }) => lines.length > 0) ? hunks : undefined;
}

/** Claude's content is a string or a list of blocks; their text, one block a paragraph. */
export function contentText(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  return content
    .map((block) => {
      if (!isObject(block)) return String(block);
      return textAt(block, 'text') ?? `[${textAt(block, 'type') ?? 'content'}]`;
    })
    .join('\n');
}

/** The whole text of an assistant's or thinking event; its one-line message where the payload has none. */
export function eventText(event: Event): string {
  return textAt(event.data, 'text', 'thinking') ?? contentText(event.data?.content) ?? event.message;
}
