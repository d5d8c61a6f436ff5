import { expect, test } from 'vitest';
import { mendLanguage } from './language.js';

const mended = (language: string, languages: string[] = [language]) => {
  const browser = { language, languages };
  mendLanguage(browser);
  expect(() => new Intl.NumberFormat(browser.language)).not.toThrow();
  return browser.language;
};

test.each([
  ['en-US@posix', 'en-US'],
  ['de_DE.UTF-8', 'de'],
  ['pt-BR', 'pt-BR'],
])('a browser whose language is %s is taken for one of %s', (language, name) => {
  expect(mended(language)).toBe(name);
});

test('of a language that is none, the next that the browser names stands in, else that of its own formatters', () => {
  expect(mended('en-US@posix', ['en-US@posix', 'fr-CH'])).toBe('fr-CH');
  for (const language of ['C', '', '@', 'x']) {
    expect(mended(language)).toBe(new Intl.NumberFormat().resolvedOptions().locale);
  }
});
