import { useEffect, useRef } from 'react';

/** What says that somebody is there, and not just a tab. */
const touches = ['pointermove', 'pointerdown', 'keydown'] as const;

/** Does something once, when the page is first touched: e.g. fetches code that a keystroke will need. */
export function useFirstTouch(act: () => void): void {
  const first = useRef(act);
  useEffect(() => {
    const touched = () => {
      stop();
      first.current();
    };
    const stop = () => {
      for (const touch of touches) window.removeEventListener(touch, touched);
    };
    for (const touch of touches) window.addEventListener(touch, touched, { passive: true });
    return stop;
  }, []);
}
