import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** Whether the page is being printed: then all that is loaded is drawn, not only what is in sight. */
export function usePrinting(): boolean {
  const [isPrinting, setIsPrinting] = useState(false);
  useEffect(() => {
    // The print is made as soon as the listeners are through.
    const set = (is: boolean) => flushSync(() => setIsPrinting(is));
    const media = matchMedia('print');
    const over = new AbortController();
    const { signal } = over;
    media.addEventListener('change', ({ matches }) => set(matches), { signal });
    addEventListener('beforeprint', () => set(true), { signal });
    addEventListener('afterprint', () => set(false), { signal });
    return () => over.abort();
  }, []);
  return isPrinting;
}
