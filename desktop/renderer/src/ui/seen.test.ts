import { hiddenIn } from '@agentfleet/contract';
import fc from 'fast-check';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Markdown } from '../session/markdown.js';
import { Seen } from './seen.js';

/** How many texts are made up; more of them find rarer ones. */
const texts = Number(process.env.SEEN_TEXTS ?? 500);

const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(
      /&(amp|lt|gt|quot|#x27);/g,
      (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name as string] ?? "'",
    );
const seen = (text: string) => renderToStaticMarkup(createElement(Seen, { text }));

test('a command that reads as another one shows what it is', () => {
  const html = seen('rm -rf \u202E./tmp\u200B # \u{E0041}');
  expect(textOf(html)).toBe('rm -rf right-to-left override./tmpzero width space # U+E0041');
  expect(html.match(/class="hidden-character"/g)).toHaveLength(3);
});

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'ls',
      ' ',
      '-la',
      '<b>',
      '*',
      '`',
      'é',
      '日本',
      'می\u200Cخواهم',
      '👩‍👩‍👧',
      '\n',
    ),
  },
  fc.constantFrom(
    ...'\u202E\u2066\u2069\u200B\u200D\u00AD\uFEFF\u2060\u061C\u001B\u0007\r\u2028\u3164\u2800\u{E0041}\uFE0F',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const written = fc
  .array(piece, { maxLength: 30 })
  .map((parts) => parts.join('').toWellFormed().replaceAll('\0', ''));

test('whatever is written, nothing hidden is left, and nothing seen is lost', () => {
  fc.assert(
    fc.property(written, (text) => {
      const bare = seen(text).replaceAll(/<span class="hidden-character"[^>]*>[^<]*<\/span>/g, '');
      const hidden = new Set(hiddenIn(text).map(({ at }) => at));
      const visible = Array.from(text.matchAll(/./gsu))
        .filter(({ index }) => !hidden.has(index))
        .map(([character]) => character);
      expect(textOf(bare)).toBe(visible.join(''));
    }),
    { numRuns: texts },
  );
});

test('in what is read as markdown nothing hidden is left either, in prose or in code', {
  timeout: 600_000,
}, () => {
  fc.assert(
    fc.property(written, written, (prose, code) => {
      const text = `${prose}\n\n\`\`\`\n${code.replaceAll('`', '')}\n\`\`\``;
      const shown = textOf(renderToStaticMarkup(createElement(Markdown, { text })));
      expect(hiddenIn(shown)).toEqual([]);
    }),
    { numRuns: texts / 5 },
  );
});
