import { hiddenIn } from '@agentfleet/contract';
import { characterName } from '../ui/character-names.js';

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
  const nodes: Node[] = [];
  let at = 0;
  for (const one of hiddenIn(text)) {
    nodes.push({ type: 'text', value: text.slice(at, one.at) }, boxOf(one.code));
    at = one.at + String.fromCodePoint(text.codePointAt(one.at) ?? 0).length;
  }
  return [...nodes, { type: 'text', value: text.slice(at) }];
}

const boxOf = (code: string): Node => ({
  type: 'element',
  tagName: 'span',
  properties: { className: ['hidden-character'], title: `${code}: a character that is not seen` },
  children: [{ type: 'text', value: characterName(code) }],
});
