import { patternOf } from '../conversation/find.js';

/** Most places that are marked at once: more cannot be told apart on a screen. */
const most = 2_000;

/**
 * Marks what is looked for in what is drawn, without touching it.
 * @param here seq of the item one is at: its places stand out
 */
export function markFound(root: HTMLElement | null, query: string, here: number | undefined): void {
  // Without it (Firefox below 140) the matches are found all the same, they are only not marked.
  if (typeof Highlight === 'undefined') return;
  if (query === '' && !CSS.highlights.has('found')) return;
  const [found, foundHere] = [new Highlight(), new Highlight()];
  if (root && query !== '') {
    const pattern = patternOf(query);
    for (const row of root.querySelectorAll<HTMLElement>('.row')) {
      markIn(row, pattern, row.dataset.seq === String(here) ? foundHere : found);
    }
  }
  if (found.size + foundHere.size === 0) {
    CSS.highlights.delete('found');
    CSS.highlights.delete('found-here');
    return;
  }
  CSS.highlights.set('found', found);
  CSS.highlights.set('found-here', foundHere);
}

function markIn(row: HTMLElement, pattern: RegExp, marks: Highlight): void {
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.nodeValue ?? '';
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match && marks.size < most; match = pattern.exec(text)) {
      const range = new StaticRange({
        startContainer: node,
        startOffset: match.index,
        endContainer: node,
        endOffset: match.index + match[0].length,
      });
      marks.add(range);
    }
  }
}
