import { useEffect, useState } from 'react';

/** Text that outlives the page, in this browser. Where storage is refused it lives as long as the page. */
export function useStoredText(key: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => read(key));
  useEffect(() => {
    try {
      if (text === '') localStorage.removeItem(key);
      else localStorage.setItem(key, text);
    } catch {
      // Storage is full or forbidden: the draft is kept in memory alone.
    }
  }, [key, text]);
  return [text, setText];
}

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
