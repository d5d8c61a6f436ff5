import { patternOf } from '../conversation/find.js';
import type { Place } from '../conversation/thread-log.js';

/** Most places that are marked at once: more cannot be told apart on a screen. */
const most = 2_000;

/** What was brought in sight within its line already. */
let shown = '';

/**
 * Marks what is looked for in what is drawn, without touching it, and scrolls the boxes in which it stands.
 * @param here the item one is at: its places stand out
 */
export function markFound(root: HTMLElement | null, query: string, here: Place | undefined): void {
  // Without it (Firefox below 140) the matches are found all the same, they are only not marked.
  if (typeof Highlight === 'undefined') return;
  if (query === '' && !CSS.highlights.has('found')) return;
  const [found, foundHere] = [new Highlight(), new Highlight()];
  if (root && query !== '') {
    const pattern = patternOf(query);
    for (const row of root.querySelectorAll<HTMLElement>('.row')) {
      const isHere = here !== undefined && row === rowOf(root, here);
      const first = markIn(row, pattern, isHere ? foundHere : found);
      if (isHere && first) showOnce(`${here.runId} ${here.seq} ${query}`, first, root);
    }
  } else shown = '';
  if (found.size + foundHere.size === 0) {
    CSS.highlights.delete('found');
    CSS.highlights.delete('found-here');
    return;
  }
  CSS.highlights.set('found', found);
  CSS.highlights.set('found-here', foundHere);
}

const rowOf = (root: HTMLElement, { runId, seq }: Place) =>
  root.querySelector(`[data-run="${runId}"] [data-seq="${seq}"]`);

/** A box that scrolls within the line, e.g. of an output, hides what is further down in it. Once: then it is the reader's. */
function showOnce(what: string, { startContainer, startOffset, endOffset }: StaticRange, root: HTMLElement) {
  if (what === shown) return;
  shown = what;
  const range = document.createRange();
  range.setStart(startContainer, startOffset);
  range.setEnd(startContainer, endOffset);
  for (let box = startContainer.parentElement; box && box !== root; box = box.parentElement) {
    if (box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth) continue;
    const [place, frame] = [range.getBoundingClientRect(), box.getBoundingClientRect()];
    if (place.top < frame.top || place.bottom > frame.bottom)
      box.scrollTop += place.top - frame.top - box.clientHeight / 3;
    if (place.left < frame.left || place.right > frame.right)
      box.scrollLeft += place.left - frame.left - box.clientWidth / 3;
  }
  const [place, frame] = [range.getBoundingClientRect(), root.getBoundingClientRect()];
  if (place.top < frame.top || place.bottom > frame.bottom)
    root.scrollTop += place.top - frame.top - root.clientHeight / 2;
}

/** @returns the first place */
function markIn(row: HTMLElement, pattern: RegExp, marks: Highlight): StaticRange | undefined {
  let first: StaticRange | undefined;
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
      first ??= range;
      marks.add(range);
    }
  }
  return first;
}
