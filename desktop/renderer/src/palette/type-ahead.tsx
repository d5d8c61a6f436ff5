import { useLayoutEffect, useRef } from 'react';

interface Props {
  onType: (text: string) => void;
  onEscape: () => void;
}

/** Stands where the palette will be until its code is there, and keeps what is typed for it: no key is lost, and
 * none acts on the screen behind. */
export function TypeAhead({ onType, onEscape }: Props) {
  const latest = useRef({ onType, onEscape });
  latest.current = { onType, onEscape };
  useLayoutEffect(() => {
    let text = '';
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.key === 'Escape') latest.current.onEscape();
      else if (event.key === 'Backspace') text = text.slice(0, -1);
      else if (event.key.length === 1) text += event.key;
      latest.current.onType(text);
    };
    document.addEventListener('keydown', onKeyDown, { capture: true });
    return () => document.removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);
  return null;
}
