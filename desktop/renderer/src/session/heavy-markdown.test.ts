import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { isTooHeavy } from './heavy-markdown.js';
import { Markdown } from './markdown.js';

/** So many characters of it over and over. */
const filled = (motif: string, length: number) =>
  motif.repeat(Math.ceil(length / motif.length)).slice(0, length);

test.each([
  ['brackets that close nothing', ']'],
  ['brackets among words', ']a '],
  ['references', '[a][b] '],
  ['lines', 'a\n'],
  ['stars', '*'],
  ['marks of emphasis that never end', ' *_'],
  ['tildes', '~~a '],
  ['quotations', '>\n\n'],
  ['quotations in each other', '>>>>>>>>>> a\n'],
  ['empty items', '-\n'],
  ['items', '- a\n'],
  ['numbered items', '1.\n'],
  ['items in items', '- 1. * a\n'],
  ['levels of which no end can be seen', '> 1. * '],
])('64 KB of %s are shown as they are: as markdown they would keep the page busy', (_what, motif) => {
  expect(isTooHeavy(filled(motif, 64_000))).toBe(true);
});

test('a quotation that goes on over thousands of lines is shown as it is', () => {
  expect(isTooHeavy(`> a\n${filled('b\n', 30_000)}`)).toBe(true);
});

test.each([
  ['with bars', '|b|c|\n'],
  ['without', 'b\n'],
])('a table with thousands of rows %s is shown as it is', (_what, row) => {
  expect(isTooHeavy(`|a|b|\n|-|-|\n${filled(row, 30_000)}`)).toBe(true);
});

test('rows that lack most cells do not fill them up without end', () => {
  const wide = filled('a|', 800);
  const source = `|${wide}\n|${filled('-|', 800)}\n${filled('b\n', 3_000)}`;
  const html = renderToString(createElement(Markdown, { text: source }));
  expect(html).not.toContain('<td');
  expect(html).toContain(wide);
  expect(html.length).toBeLessThan(10_000);
});

test.each([
  ['prose', 'Some **bold** words with `code_of_it` and a [link](https://a.example/x).\n\n'],
  ['a list of what was done', '- `a.ts`: reads *all* of it, which takes longer than one thinks it would\n'],
  [
    'code with brackets between fences',
    '```ts\nconst a = b[c[0]][d[1]] * 2;\n- a\n> b\n```\n\nWhich does it.\n\n',
  ],
  ['code between tildes', '~~~\na[0][1][2]\n```\nb[3]\n~~~\n'],
])('60 KB of %s are read as markdown', (_what, motif) => {
  expect(isTooHeavy(filled(motif, 60_000))).toBe(false);
});

test.each([
  ['HTML', '<!--\n```\n-->\n'],
  ['a fence within an item', '- ```\n'],
  ['a fence that is code', '    ```\n'],
  ['a fence that is a word', '```a`b\n'],
  ['another fence', '```\n~~~\n```\n'],
])('%s hides nothing from the count', (_what, before) => {
  expect(isTooHeavy(before + filled(']', 5_000))).toBe(true);
});

test('a line of 100,000 signs is looked at in one go', () => {
  for (const sign of ['>', '-', '1', ' ', '|', '`', '\t', '- ', '1.', ':-', '<'])
    expect(typeof isTooHeavy(`${filled(sign, 99_000)}x`)).toBe('boolean');
});
