import { countLines, editLines } from './edits.js';
import type { Item } from './items.js';
import { textAt } from './payload.js';

/** The tools by which Claude changes files. */
export const editTools = ['Edit', 'MultiEdit', 'Write', 'NotebookEdit'];

/** What was done to one file, in lines. */
export interface FileChange {
  path: string;
  added: number;
  removed: number;
  /** seq of the newest call that changed it. */
  seq: number;
}

/** Items are replaced, never changed: what one did stays. */
const known = new WeakMap<Item, FileChange | null>();

/**
 * The files that calls have changed, the one that was changed last first; what failed, or is not done, changed nothing.
 * @param items in order of seq
 */
export function fileChanges(items: Iterable<Item>): FileChange[] {
  const files = new Map<string, FileChange>();
  for (const item of items) {
    const change = changeOf(item);
    if (!change) continue;
    const before = files.get(change.path);
    files.delete(change.path);
    files.set(change.path, {
      ...change,
      added: change.added + (before?.added ?? 0),
      removed: change.removed + (before?.removed ?? 0),
    });
  }
  return [...files.values()].reverse();
}

function changeOf(item: Item): FileChange | null {
  if (item.type !== 'tool') return null;
  const before = known.get(item);
  if (before !== undefined) return before;
  const change = readChange(item);
  known.set(item, change);
  return change;
}

function readChange(item: Item): FileChange | null {
  if (item.type !== 'tool' || !editTools.includes(item.name)) return null;
  const { name, input, result, seq } = item;
  const path = textAt(input, 'file_path', 'notebook_path');
  if (!path || !result || result.isError) return null;
  const lines = editLines(name, input, result.hunks);
  return lines ? { path, seq, ...countLines(lines) } : null;
}
