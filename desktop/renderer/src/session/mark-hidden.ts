import { partsOf } from '@agentfleet/contract';
import { boxOf } from '../ui/hidden-box.js';
import type { HastNode } from './hast-node.js';

/** Marks what nobody sees in prose, as `Seen` does elsewhere. What is in blocks of code is marked where those are drawn. */
export function markHidden() {
  return (tree: object): void => markBelow(tree as HastNode);
}

function markBelow(parent: HastNode): void {
  if (!parent.children || parent.tagName === 'pre') return;
  parent.children = parent.children.flatMap((node) => {
    markBelow(node);
    return node.type === 'text' ? marked(node.value ?? '') : [node];
  });
}

function marked(text: string): HastNode[] {
  return partsOf(text).map((part) => {
    if (typeof part === 'string') return { type: 'text', value: part };
    const { name, className, title } = boxOf(part.code);
    const children = [{ type: 'text', value: name }];
    return { type: 'element', tagName: 'span', properties: { className: [className], title }, children };
  });
}
