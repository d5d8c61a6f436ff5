import type { JsonObject } from '@agentfleet/contract';
import { structuredPatch } from 'diff';
import { isObject, textAt } from './payload.js';

export interface DiffLine {
  type: 'added' | 'removed' | 'same' | 'gap';
  text: string;
}

/** Longest text that is compared line by line, in characters; a longer one is shown as removed and added. */
const longestCompared = 200_000;

/**
 * What a tool call changes in a file, as lines of a diff.
 * @returns undefined when the call is not one of Claude's Edit, MultiEdit or Write
 */
export function editLines(tool: string, input: JsonObject): DiffLine[] | undefined {
  if (tool === 'Write') {
    const content = textAt(input, 'content');
    return content === undefined ? undefined : diffLines('', content);
  }
  const edits = tool === 'MultiEdit' ? input.edits : tool === 'Edit' ? [input] : undefined;
  if (!Array.isArray(edits)) return undefined;
  return edits.filter(isObject).flatMap((edit, index) => {
    const lines = diffLines(textAt(edit, 'old_string') ?? '', textAt(edit, 'new_string') ?? '');
    return index === 0 ? lines : [{ type: 'gap' as const, text: '' }, ...lines];
  });
}

/** How many lines a diff adds and removes. */
export function countLines(lines: readonly DiffLine[]): { added: number; removed: number } {
  return {
    added: lines.filter((line) => line.type === 'added').length,
    removed: lines.filter((line) => line.type === 'removed').length,
  };
}

function diffLines(before: string, after: string): DiffLine[] {
  if (before.length + after.length > longestCompared || before === '' || after === '') {
    return [...whole('removed', before), ...whole('added', after)];
  }
  const { hunks } = structuredPatch('', '', ended(before), ended(after), '', '', { context: 3 });
  return hunks.flatMap((hunk, index) => {
    const lines = hunk.lines.map(diffLine);
    return index === 0 ? lines : [{ type: 'gap' as const, text: '' }, ...lines];
  });
}

function diffLine(line: string): DiffLine {
  const type = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
  return { type, text: line.slice(1) };
}

function whole(type: 'added' | 'removed', text: string): DiffLine[] {
  if (text === '') return [];
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => ({ type, text: line }));
}

/** A snippet rarely ends in a newline; without one the patch would carry a note about it. */
function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
