import { useEffect, useRef } from 'react';

/** ms after which it counts as idle where the browser does not tell (Safari), or never is. */
const latestMs = 3_000;

/** Does something once, when there is nothing better to do: e.g. fetches code that a keystroke will need. */
export function useIdle(act: () => void): void {
  const first = useRef(act);
  useEffect(() => {
    if (typeof requestIdleCallback === 'undefined') {
      const timer = setTimeout(() => first.current(), latestMs);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(() => first.current(), { timeout: latestMs });
    return () => cancelIdleCallback(idle);
  }, []);
}
