import { partsOf } from '@agentfleet/contract';
import { boxOf } from '../ui/hidden-box.js';

/** A node of the tree of HTML (hast), as far as it is looked at here. */
interface Node {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

/** Marks what nobody sees in prose, as `Seen` does elsewhere. What is in blocks of code is marked where those are drawn. */
export function markHidden() {
  return (tree: object): void => markBelow(tree as Node);
}

function markBelow(parent: Node): void {
  if (!parent.children || parent.tagName === 'pre') return;
  parent.children = parent.children.flatMap((node) => {
    markBelow(node);
    return node.type === 'text' ? marked(node.value ?? '') : [node];
  });
}

function marked(text: string): Node[] {
  return partsOf(text).map((part) => {
    if (typeof part === 'string') return { type: 'text', value: part };
    const { name, className, title } = boxOf(part.code);
    const children = [{ type: 'text', value: name }];
    return { type: 'element', tagName: 'span', properties: { className: [className], title }, children };
  });
}
