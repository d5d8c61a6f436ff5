import type { JsonObject } from '@agentfleet/contract';
import { structuredPatch } from 'diff';
import type { Hunk } from './hunk.js';
import { isObject, textAt } from './payload.js';

export interface DiffLine {
  type: 'added' | 'removed' | 'same' | 'gap';
  text: string;
  /** In the file: as it is now, and for a removed line as it was; undefined where that is not known. */
  line?: number | undefined;
}

/** Longest text that is compared line by line, in characters; a longer one is shown as removed and added. */
const longestCompared = 200_000;
/** Most lines that differ of texts that are compared: with each more it takes longer, up to many seconds of a page that stands still. */
const mostDiffering = 1_500;

/**
 * What a tool call changes in a file, as lines of a diff.
 * @param hunks what it did change, once that is known: with it the lines have their numbers in the file
 * @returns undefined when the call is not one of Claude's Edit, MultiEdit, Write or NotebookEdit
 */
export function editLines(tool: string, input: JsonObject, hunks?: Hunk[]): DiffLine[] | undefined {
  if (tool === 'NotebookEdit') return cellLines(input);
  if (!['Edit', 'MultiEdit', 'Write'].includes(tool)) return undefined;
  if (hunks) return linesOf(hunks, true);
  if (tool === 'Write') {
    const content = textAt(input, 'content');
    return content === undefined ? undefined : diffLines('', content);
  }
  const edits = tool === 'MultiEdit' ? input.edits : [input];
  if (!Array.isArray(edits)) return undefined;
  return edits.filter(isObject).flatMap((edit, index) => {
    const lines = diffLines(textAt(edit, 'old_string') ?? '', textAt(edit, 'new_string') ?? '');
    return index === 0 ? lines : [gap, ...lines];
  });
}

/** A cell of a notebook as it is written: what was in it before is told by nobody. */
function cellLines(input: JsonObject): DiffLine[] | undefined {
  const source = textAt(input, 'new_source');
  return source === undefined || input.edit_mode === 'delete' ? undefined : diffLines('', source);
}

/** How many lines a diff adds and removes. */
export function countLines(lines: readonly DiffLine[]): { added: number; removed: number } {
  return {
    added: lines.filter((line) => line.type === 'added').length,
    removed: lines.filter((line) => line.type === 'removed').length,
  };
}

const gap: DiffLine = { type: 'gap', text: '' };

function diffLines(before: string, after: string): DiffLine[] {
  // A new file has its own line numbers; a snippet's place in its file is not known.
  if (before === '') return whole('added', after, true);
  const isShort = before.length + after.length <= longestCompared && after !== '';
  const limits = { context: 3, maxEditLength: mostDiffering };
  const patch = isShort && structuredPatch('', '', ended(before), ended(after), '', '', limits);
  return patch ? linesOf(patch.hunks, false) : [...whole('removed', before), ...whole('added', after)];
}

function linesOf(hunks: readonly Hunk[], numbered: boolean): DiffLine[] {
  return hunks.flatMap((hunk, index) => {
    let [before, after] = [hunk.oldStart, hunk.newStart];
    const lines = hunk.lines
      // "\ No newline at end of file" is about the line before it.
      .filter((line) => !line.startsWith('\\'))
      .map((line): DiffLine => {
        const text = line.slice(1);
        const type = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
        const number = type === 'removed' ? before : after;
        if (type !== 'added') before += 1;
        if (type !== 'removed') after += 1;
        return numbered ? { type, text, line: number } : { type, text };
      });
    return index === 0 ? lines : [gap, ...lines];
  });
}

function whole(type: 'added' | 'removed', text: string, numbered = false): DiffLine[] {
  if (text === '') return [];
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line, index) => (numbered ? { type, text: line, line: index + 1 } : { type, text: line }));
}

/** A snippet rarely ends in a newline; without one the patch would carry a note about it. */
function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
