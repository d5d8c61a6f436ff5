import type { Virtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect } from 'react';
import type { ThreadLog } from '../conversation/thread-log.js';

/** How near to what is seen the lines that are not read yet are read, pixels. */
const prefetch = 3_000;

/** Reads what is not read yet where one comes near to it: earlier lines of a run, and runs that are over. */
export function useNearby(log: ThreadLog, virtual: Virtualizer<HTMLDivElement, Element>): void {
  const offset = virtual.scrollOffset;
  const height = virtual.scrollRect?.height ?? 0;
  // After every drawing: a page may come within one frame, and then only its place tells that there is another one.
  useLayoutEffect(() => {
    if (offset === null || height === 0) return;
    for (const section of log.sections) {
      const row = log.unreadRow(section);
      const place = row === undefined ? undefined : virtual.measurementsCache[row];
      if (!place || place.end < offset - prefetch) continue;
      const { isOpen, isLoading, error } = section.log.state;
      // Of a run below, its end is read ahead; the way there when one comes to it.
      if (place.start > offset + height + (isOpen ? 0 : prefetch)) continue;
      if (!isOpen) log.want(section.run.id);
      else if (!isLoading && !error) void section.log.loadEarlier();
    }
  });
}
