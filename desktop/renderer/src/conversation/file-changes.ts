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

/** What each call has changed, in their order; what failed, or is not done, changed nothing. */
export function changesIn(items: readonly Item[]): FileChange[] {
  return items.map(changeOf).filter((change) => change !== null);
}

/**
 * What was done to each file, the one that was changed last first.
 * @param changes in order of seq
 */
export function byFile(changes: readonly FileChange[]): FileChange[] {
  const files = new Map<string, FileChange>();
  for (const change of changes) {
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

/** Whether it may still change a file. */
export const mayChange = (item: Item): boolean =>
  item.type === 'tool' && item.result === null && editTools.includes(item.name);

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
