import type { ComponentProps } from 'react';
import { useAskedBox } from './asked-sight.js';

// What scrolls must be reachable by keyboard; not every browser sees to that by itself.
const reachable = { tabIndex: 0 };

/** A box, e.g. a diff, that may hold more than it shows. */
export function ScrollBox(props: Omit<ComponentProps<'div'>, 'ref' | 'style'>) {
  return <div {...reachable} {...props} {...useAskedBox()} />;
}

/** Preformatted text that may be larger than its box. */
export function ScrollPre(props: Omit<ComponentProps<'pre'>, 'ref' | 'style'>) {
  return <pre {...reachable} {...props} {...useAskedBox()} />;
}
