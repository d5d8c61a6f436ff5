import { patternOf } from '../conversation/find.js';
import type { Place } from '../conversation/thread-log.js';
import type { FoundPlace } from './found-places.js';

/** Most places that are marked at once: more cannot be told apart on a screen. */
const most = 2_000;
/** When it is looked whether the place is still in sight, ms: rows above it are measured meanwhile, and move it. */
const againMs = [60, 200, 500];

/** What was brought in sight already, and where that is now. */
let shown = '';
let place: StaticRange | undefined;

/**
 * Marks what is looked for in what is drawn, without touching it, and scrolls the boxes in which it stands.
 * @param here where one is: it stands out
 * @param onDrawn told in how many places the line of `here` shows it
 */
export function markFound(
  root: HTMLElement | null,
  query: string,
  here: FoundPlace | undefined,
  onDrawn?: (line: Place, places: number) => void,
): void {
  // Without it (Firefox below 140) the matches are found all the same, they are only not marked.
  if (typeof Highlight === 'undefined') return;
  if (query === '' && !CSS.highlights.has('found')) return;
  const [found, foundHere] = [new Highlight(), new Highlight()];
  if (root && query !== '') {
    const pattern = patternOf(query);
    const row = here && rowOf(root, here);
    const own = row ? rangesIn(row, pattern) : [];
    // One at least, as a line may say it where it does not show.
    if (here && row) onDrawn?.(here, own.length);
    place = own[Math.min(here?.nth ?? 0, own.length - 1)];
    for (const range of own) (range === place ? foundHere : found).add(range);
    for (const other of root.querySelectorAll<HTMLElement>('.row')) {
      if (other === row || found.size >= most) continue;
      for (const range of rangesIn(other, pattern)) found.add(range);
    }
    if (here && place) showOnce(`${here.runId} ${here.seq} ${here.nth} ${query}`, root);
  } else shown = '';
  setMarks('found', found);
  setMarks('found-here', foundHere);
}

function setMarks(name: string, marks: Highlight): void {
  if (marks.size === 0) CSS.highlights.delete(name);
  else CSS.highlights.set(name, marks);
}

const rowOf = (root: HTMLElement, { runId, seq }: Place) =>
  root.querySelector<HTMLElement>(`[data-run="${runId}"] [data-seq="${seq}"]`);

/** Brings it in sight, once: then it is the reader's. */
function showOnce(what: string, root: HTMLElement): void {
  if (what === shown) return;
  shown = what;
  bringInSight(root);
  for (const ms of againMs)
    setTimeout(() => {
      if (what === shown) bringInSight(root);
    }, ms);
}

/** A box that scrolls within the line, e.g. of an output, hides what is further down in it. */
function bringInSight(root: HTMLElement): void {
  if (!place?.startContainer.isConnected || !place.endContainer.isConnected) return;
  const range = document.createRange();
  range.setStart(place.startContainer, place.startOffset);
  range.setEnd(place.endContainer, place.endOffset);
  for (let box = place.startContainer.parentElement; box && box !== root; box = box.parentElement) {
    if (box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth) continue;
    const [at, frame] = [range.getBoundingClientRect(), box.getBoundingClientRect()];
    if (at.top < frame.top || at.bottom > frame.bottom)
      box.scrollTop += at.top - frame.top - box.clientHeight / 3;
    if (at.left < frame.left || at.right > frame.right)
      box.scrollLeft += at.left - frame.left - box.clientWidth / 3;
  }
  const [at, frame] = [range.getBoundingClientRect(), root.getBoundingClientRect()];
  if (at.top < frame.top || at.bottom > frame.bottom)
    root.scrollTop += at.top - frame.top - root.clientHeight / 2;
}

/** What is not of the text that is drawn: it is for those who do not see it. */
const unseen = '.sr-only, .row-menu';
/** Where one paragraph ends and another begins: nothing is found across that. */
const paragraphs =
  'p, li, td, th, h1, h2, h3, h4, h5, h6, dt, dd, pre, summary, blockquote, div, section, button';

/** The places of a row, in the order of reading; also those that colours or links divide. */
function rangesIn(row: HTMLElement, pattern: RegExp): StaticRange[] {
  const ranges: StaticRange[] = [];
  let [nodes, text, paragraph]: [{ node: Node; from: number }[], string, Element | null] = [[], '', null];
  const at = (offset: number, isEnd: boolean) => {
    const part = nodes.findLast(({ from }) => (isEnd ? from < offset : from <= offset)) ?? nodes[0];
    return part && ([part.node, offset - part.from] as const);
  };
  const close = () => {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match && ranges.length < most; match = pattern.exec(text)) {
      const [start, end] = [at(match.index, false), at(match.index + match[0].length, true)];
      if (!start || !end) continue;
      const [startContainer, startOffset] = start;
      const [endContainer, endOffset] = end;
      ranges.push(new StaticRange({ startContainer, startOffset, endContainer, endOffset }));
    }
    [nodes, text] = [[], ''];
  };
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || parent.closest(unseen)) continue;
    const own = parent.closest(paragraphs);
    if (own !== paragraph) close();
    paragraph = own;
    nodes.push({ node, from: text.length });
    text += node.nodeValue ?? '';
  }
  close();
  return ranges;
}
