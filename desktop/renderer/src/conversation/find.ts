import type { Item } from './items.js';
import { terminalText } from './terminal.js';

/** A pattern that finds a text as it stands, in any case. */
export function patternOf(query: string): RegExp {
  return new RegExp(query.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'giu');
}

/** Whether an item says what is looked for. */
export function says(item: Item, pattern: RegExp): boolean {
  const matches = (text: string) => {
    pattern.lastIndex = 0;
    return pattern.test(text);
  };
  if (item.type !== 'tool') return matches(item.text);
  if (matches(item.title)) return true;
  if (item.result && matches(terminalText(item.result.text))) return true;
  return Object.values(item.input).some((value) =>
    matches(typeof value === 'string' ? value : JSON.stringify(value)),
  );
}

/** How long it may look before the page gets its turn, ms. */
const sliceMs = 8;

/** The seqs of the items that say it, oldest first; undefined when it was broken off. */
export async function findItems(
  items: readonly Item[],
  query: string,
  signal: AbortSignal,
): Promise<number[] | undefined> {
  const pattern = patternOf(query);
  const found: number[] = [];
  let began = performance.now();
  for (const item of items) {
    if (says(item, pattern)) found.push(item.seq);
    if (performance.now() - began < sliceMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return undefined;
    began = performance.now();
  }
  return found;
}
