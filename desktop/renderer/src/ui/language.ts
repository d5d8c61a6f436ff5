/**
 * Where the system's locale is POSIX, browsers call their language `en-US@posix` or `C`, which is no language to Intl: what
 * hands it on, as libraries do when they are loaded, throws. It is called by the nearest name that is one.
 */
export function mendLanguage(browser: Pick<Navigator, 'language' | 'languages'> = navigator): void {
  if (isLanguage(browser.language)) return;
  const known = [...browser.languages, browser.language.replace(/[^A-Za-z0-9-].*$/, '')].find(isLanguage);
  const language = known ?? new Intl.NumberFormat().resolvedOptions().locale;
  Object.defineProperty(browser, 'language', { configurable: true, get: () => language });
}

function isLanguage(tag: string): boolean {
  try {
    return tag.length > 1 && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
