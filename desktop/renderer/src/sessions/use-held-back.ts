import type { Run } from '@agentfleet/contract';
import { useEffect, useState } from 'react';

/** px from the top from which on nothing may move what is being read. */
const reading = 120;

/**
 * Holds back sessions that arrive while the list is scrolled down, so that it does not jump under the reader.
 * @returns the sessions to show, how many are held, and the way to have them
 */
export function useHeldBack(runs: readonly Run[] | undefined) {
  const [newest, setNewest] = useState<string | null>(null);
  const first = runs?.[0]?.id;
  useEffect(() => {
    const scroller = document.getElementById('main');
    if (!scroller) return;
    const onScroll = () => {
      const away = scroller.scrollTop > reading;
      setNewest((before) => (away ? (before ?? first ?? null) : null));
    };
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => scroller.removeEventListener('scroll', onScroll);
  }, [first]);
  const shown = newest === null ? runs : runs?.filter(({ id }) => id <= newest);
  const release = () => {
    setNewest(null);
    document.getElementById('main')?.scrollTo({ top: 0 });
  };
  return { shown, held: (runs?.length ?? 0) - (shown?.length ?? 0), release };
}
