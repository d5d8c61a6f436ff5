import { useEffect, useState } from 'react';
import { knownTokens, tokensOf } from './highlighter.js';
import type { LineTokens } from './tokens.js';

/**
 * The tokens of code. While more of it is being produced the last ones stay until there are new ones, so that
 * colours do not flicker: they fit the lines that did not change.
 */
export function useTokens(
  code: string,
  language: string | undefined,
): { lines: readonly LineTokens[]; of: string } | undefined {
  const [tokens, setTokens] = useState<{ lines: readonly LineTokens[]; of: string }>();
  const known = language === undefined ? undefined : knownTokens(code, language);
  useEffect(() => {
    if (language === undefined || code === '') return;
    let current = true;
    void tokensOf(code, language).then((lines) => {
      if (current && lines) setTokens({ lines, of: code });
    });
    return () => {
      current = false;
    };
  }, [code, language]);
  return known ? { lines: known, of: code } : tokens;
}
