import type { Item } from './items.js';
import { terminalText } from './terminal.js';

/** A pattern that finds a text as it stands, in any case. */
export function patternOf(query: string): RegExp {
  return new RegExp(query.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'giu');
}

/** Whether an item says what is looked for. */
function says(item: Item, pattern: RegExp): boolean {
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

/** Looks for one text in a list of items that grows: what was looked at is not looked at again. */
export class Search {
  readonly #pattern: RegExp;
  /** Items are replaced, never changed: what one says stays. */
  readonly #known = new WeakMap<Item, boolean>();

  constructor(query: string) {
    this.#pattern = patternOf(query);
  }

  /** The seqs of the items that say it, oldest first; undefined when it was broken off. */
  async in(items: readonly Item[], signal: AbortSignal): Promise<number[] | undefined> {
    const found: number[] = [];
    let began = performance.now();
    for (const item of items) {
      if (this.#says(item)) found.push(item.seq);
      if (performance.now() - began < sliceMs) continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return undefined;
      began = performance.now();
    }
    return found;
  }

  #says(item: Item): boolean {
    const known = this.#known.get(item);
    if (known !== undefined) return known;
    const does = says(item, this.#pattern);
    this.#known.set(item, does);
    return does;
  }
}
