import type { ComponentProps } from 'react';

// What scrolls must be reachable by keyboard; not every browser sees to that by itself.
const reachable = { tabIndex: 0 };

/** A box, e.g. a diff, that may hold more than it shows. */
export function ScrollBox(props: ComponentProps<'div'>) {
  return <div {...reachable} {...props} />;
}

/** Preformatted text that may be larger than its box. */
export function ScrollPre(props: ComponentProps<'pre'>) {
  return <pre {...reachable} {...props} />;
}
