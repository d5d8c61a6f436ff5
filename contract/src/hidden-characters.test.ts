import { expect, test } from 'vitest';
import { hiddenCharacters } from './hidden-characters.js';
import { hiddenIn, withHiddenSpelled } from './plain/hidden-parts.js';

const codes = (text: string) => hiddenIn(text).map(({ code }) => code);

test.each([
  ['overrides and isolates the direction', 'rm \u202E\u2066\u2069\u061C\u200F', 5],
  ['has no width', 'a\u200Bb\u200Cc\u2060d\uFEFFe\u00ADf\u034F', 6],
  ['is a control', 'a\u001B[8mb\u0007c\u0085d\u007F', 4],
  ['ends a line without a line feed', 'rm -rf /\rls\u2028\u2029', 3],
  ['is blank', '\u3164\u115F\u1160\uFFA0\u2800\u17B4', 6],
  ['is a tag, where text for a model is smuggled', '\u{E0068}\u{E0069}', 2],
  ['selects a variant of what has none', 'a\uFE0F b\u{E0101}', 2],
  ['joins what is no picture, and no letters that are joined', 'a\u200Db \u0915 \u200D\u0915', 2],
])('what %s is hidden', (_, text, count) => {
  expect(codes(text)).toHaveLength(count);
});

test.each([
  ['plain text', 'for f in *.ts; do\n\techo "$f"\r\ndone # naïve, 日本語, עברית, \'ﷺ\''],
  [
    'what is written with other spaces or with joiners',
    'Bonjour\u00A0!\u3000\u2009 می\u200Cخواهم क\u094D\u200Dष',
  ],
  ['pictures', '👩‍👩‍👧 ❤️ 1️⃣ 👍🏽 🏳️‍🌈 👩🏽‍💻 ☎︎ 🇩🇪'],
])('%s hides nothing', (_, text) => {
  expect(codes(text)).toEqual([]);
});

test('a smuggled joiner behind a picture is hidden all the same', () => {
  expect(hiddenIn('👍\u200D\u200B rm')).toEqual([
    { at: 2, code: 'U+200D' },
    { at: 3, code: 'U+200B' },
  ]);
});

test('each is told with the text it stands in, names of members too', () => {
  const asked = {
    message: 'Bash ls\u202E',
    input: { command: 'ls\u200B', 'a/b~c': [{ 'k\u2060': 'x' }, '\u{E0041}'] },
  };
  expect(hiddenCharacters(asked)).toEqual([
    { in: '/message', at: 7, code: 'U+202E' },
    { in: '/input/command', at: 2, code: 'U+200B' },
    { in: '/input/a~1b~0c/0', at: 1, code: 'U+2060' },
    { in: '/input/a~1b~0c/1', at: 0, code: 'U+E0041' },
  ]);
});

test('a flood of them is told by its first hundred', () => {
  expect(hiddenCharacters({ input: { command: '\u200B'.repeat(10_000), more: '\u200B' } })).toHaveLength(100);
});

test('in text alone they are spelled', () => {
  expect(withHiddenSpelled('a\u202Eb\u{E0041}')).toBe('a[U+202E]b[U+E0041]');
  expect(withHiddenSpelled('plain 👩‍👩‍👧')).toBe('plain 👩‍👩‍👧');
});
