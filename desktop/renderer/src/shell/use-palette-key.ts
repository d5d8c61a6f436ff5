import { useLayoutEffect, useRef } from 'react';

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** How the key of the command palette is written on this system. */
export const paletteKey = isMac ? '⌘K' : 'Ctrl K';

/** Ctrl+K or ⌘K, also while something is being typed. */
export function usePaletteKey(open: () => void): void {
  const latest = useRef(open);
  latest.current = open;
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || event.altKey || event.shiftKey) return;
      if (!(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
