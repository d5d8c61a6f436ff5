import { withHiddenSpelled } from '@agentfleet/contract';
import type { HastNode } from './hast-node.js';

/** What is read from its own side, whichever that is. */
const paragraphs: ReadonlySet<string> = new Set([
  ...['p', 'li', 'ul', 'ol', 'blockquote', 'th', 'td'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
]);

/** Each paragraph has the direction of its own words, and each box of a list of tasks is called what it ticks off. */
export function forEveryReader() {
  return (tree: object): void => visit(tree as HastNode);
}

function visit(node: HastNode): void {
  if (node.tagName && paragraphs.has(node.tagName)) node.properties = { ...node.properties, dir: 'auto' };
  if (node.tagName === 'li') nameBox(node);
  if (node.tagName === 'th' || node.tagName === 'td') fitCell(node);
  for (const child of node.children ?? []) visit(child);
}

function nameBox(item: HastNode): void {
  const holder = item.children?.find(({ tagName }) => tagName === 'p') ?? item;
  const box = [...(holder.children ?? []), ...(item.children ?? [])].find(
    ({ tagName }) => tagName === 'input',
  );
  if (!box) return;
  const words = textOf(item).trim().replaceAll(/\s+/g, ' ');
  box.properties = { ...box.properties, ariaLabel: words === '' ? 'Task' : withHiddenSpelled(words) };
}

/** Characters of a cell that stand on one line, and from how many on it needs a width to be read in. */
const [shortCell, longCell] = [14, 60];

function fitCell(cell: HastNode): void {
  const { length } = textOf(cell).trim();
  const className = length <= shortCell ? 'short' : length > longCell ? 'long' : undefined;
  if (className) cell.properties = { ...cell.properties, className: [className] };
}

/** Its own words, not those of the lists in it. */
function textOf({ value, children, tagName }: HastNode): string {
  if (tagName === 'ul' || tagName === 'ol') return '';
  return value ?? (children ?? []).map(textOf).join('');
}
