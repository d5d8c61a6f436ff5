import type { Item, ToolItem } from './items.js';
import { terminalText } from './terminal.js';
import { lookOf } from './tool-look.js';
import { titleOf } from './tool-names.js';

/** A pattern that finds a text as it stands, in any case. */
export function patternOf(query: string): RegExp {
  return new RegExp(query.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'giu');
}

/** A line in which something was found, and in how many places of it. */
export interface Hits {
  seq: number;
  /** At least 1. */
  places: number;
}

/** Whether anything of an item says what is looked for. */
function says(item: Item, pattern: RegExp): boolean {
  const matches = (text: string) => {
    pattern.lastIndex = 0;
    return pattern.test(text);
  };
  // The result of a session repeats its last words, and only a failure is drawn.
  if (item.type === 'result' && !item.isError) return false;
  if (item.type !== 'tool') return matches(item.text);
  if (matches(item.title)) return true;
  if (item.result && matches(terminalText(item.result.text))) return true;
  return Object.values(item.input).some((value) =>
    matches(typeof value === 'string' ? value : JSON.stringify(value)),
  );
}

/** In how many places an item says it, as it is drawn when it is open. What is drawn has the last word: mark-found.ts. */
function placesIn(item: Item, pattern: RegExp): number {
  const count = (text: string) => text.match(pattern)?.length ?? 0;
  const texts = item.type === 'tool' ? textsOf(item) : [item.text];
  return Math.max(
    1,
    texts.reduce((sum, text) => sum + count(text), 0),
  );
}

/** The texts that the card of a call shows. */
function textsOf(item: ToolItem): string[] {
  const { name, title, result } = item;
  const look = lookOf(item);
  const head = titleOf(name, title);
  const answer = result ? [terminalText(result.text)] : [];
  const failure = result?.isError ? answer : [];
  switch (look.type) {
    case 'diff':
      return [head, ...look.lines.map(({ text }) => text), ...failure];
    case 'file':
      return [head, ...(result?.isError ? failure : look.lines.map(({ text }) => text))];
    case 'command':
      return [head, look.command, ...answer];
    case 'search':
      return [head, ...answer];
    case 'tasks':
      return [head, ...look.tasks.map(({ text }) => text), ...failure];
    case 'plan':
      return [head, look.plan, ...failure];
    case 'questions':
      return [head, ...look.questions.map(({ question }) => question), ...answer];
    case 'brief': {
      const { facts, texts, rest } = look.brief;
      const given = [...facts.map(({ value }) => value), ...texts.map(({ text }) => text)];
      return [head, ...given, ...(rest ? [JSON.stringify(rest, null, 2)] : []), ...answer];
    }
  }
}

/** How long it may look before the page gets its turn, ms. */
const sliceMs = 8;

/** Looks for one text in a list of items that grows: what was looked at is not looked at again. */
export class Search {
  readonly #pattern: RegExp;
  /** Items are replaced, never changed: what one says stays. */
  readonly #known = new WeakMap<Item, number>();

  constructor(query: string) {
    this.#pattern = patternOf(query);
  }

  /** The items that say it, oldest first; undefined when it was broken off. */
  async in(items: readonly Item[], signal: AbortSignal): Promise<Hits[] | undefined> {
    const found: Hits[] = [];
    let began = performance.now();
    for (const item of items) {
      const places = this.#placesIn(item);
      if (places > 0) found.push({ seq: item.seq, places });
      if (performance.now() - began < sliceMs) continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return undefined;
      began = performance.now();
    }
    return found;
  }

  #placesIn(item: Item): number {
    const known = this.#known.get(item);
    if (known !== undefined) return known;
    const places = says(item, this.#pattern) ? placesIn(item, this.#pattern) : 0;
    this.#known.set(item, places);
    return places;
  }
}
