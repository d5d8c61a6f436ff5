import { useCallback, useState } from 'react';

/**
 * Text that outlives the page, in this browser. Where storage is refused it lives as long as the page. It is stored
 * with the call: what is set right before the page is left would never be drawn, and an effect would not see it.
 */
export function useStoredText(key: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => read(key));
  const keep = useCallback(
    (next: string) => {
      setText(next);
      write(key, next);
    },
    [key],
  );
  return [text, keep];
}

function write(key: string, text: string): void {
  try {
    if (text === '') localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // Storage is full or forbidden: the draft is kept in memory alone.
  }
}

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
