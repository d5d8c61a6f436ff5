import { partsOf } from '@agentfleet/contract';
import type { ReactNode } from 'react';
import { boxOf } from './hidden-box.js';

/** A text with what nobody sees in it as marked boxes: invisible characters, and those that turn the text around. */
export function Seen({ text }: { text: string }): ReactNode {
  return partsOf(text).map((part) => {
    if (typeof part === 'string') return part;
    const { name, ...look } = boxOf(part.code);
    return (
      <span key={part.at} {...look}>
        {name}
      </span>
    );
  });
}
