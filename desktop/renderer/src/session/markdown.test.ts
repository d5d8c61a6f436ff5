import fc from 'fast-check';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Markdown } from './markdown.js';

/** How many texts are made up; more of them find rarer ones. */
const texts = Number(process.env.MARKDOWN_TEXTS ?? 200);

const htmlOf = (text: string) => renderToStaticMarkup(createElement(Markdown, { text }));
const decoded = (html: string) =>
  html.replace(
    /&(amp|lt|gt|quot|#x27);/g,
    (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name as string] ?? "'",
  );
const shown = (text: string) => decoded(htmlOf(text).replace(/<[^>]*>/g, ''));
/** What is read, and where links lead. */
const seen = (text: string) => {
  const html = htmlOf(text);
  const links = [...html.matchAll(/ href="([^"]*)"/g)].map(([, href = '']) => decoded(href));
  return [shown(text), ...links].join('\n');
};

test.each([
  ['a type', 'It gives a Promise<string>, at last.', ['It gives a Promise<string>, at last.']],
  ['a tag in a line', 'the <div class="x"> here', ['the <div class="x"> here']],
  [
    'a block of HTML',
    '<details>\n<summary>more</summary>\nrm -rf /\n</details>',
    ['<summary>more</summary>\nrm -rf /'],
  ],
  ['a comment', 'before\n\n<!-- rm -rf / -->\n\nafter', ['<!-- rm -rf / -->']],
  ['a script', '<script>alert(1)</script>', ['<script>alert(1)</script>']],
  ['a definition', '[x]: http://a.example "rm -rf /"', ['[x]: http://a.example "rm -rf /"']],
  ['a footnote that nothing refers to', '[^1]: rm -rf /', ['[^1]:', 'rm -rf /']],
  ['a footnote', 'so[^1]\n\n[^1]: it is', ['so[^1]', '[^1]:', 'it is']],
  ['a reference', '[a][x]\n\n[x]: http://a.example', ['[a][x]']],
  ['cells without a head', '|a|b|\n|-|-|\n|1|2|3|4|', ['1', '2', '3', '4']],
  ['what stands behind a language', '```sh rm -rf /\nls\n```', ['sh rm -rf /']],
  ['an image', '![a](http://a.example/i.png "t")', ['![a](http://a.example/i.png "t")']],
  ['the title of a link', '[a](http://a.example "b")', ['a “b”']],
  ['a path', '[main](src/main.ts)', ['main (src/main.ts)']],
  ['a path that is its own name', '[src/main.ts](src/main.ts)', ['src/main.ts']],
  ['an address that does something', '[a](javascript:alert(1))', ['a (javascript:alert(1))']],
  ['two homes', 'from ~/a to ~/b', ['from ~/a to ~/b']],
])('%s is seen as it was written', (_, text, words) => {
  for (const word of words) expect(shown(text)).toContain(word);
});

test('only other sites are led to, and nothing is loaded', () => {
  const html = htmlOf(
    '[a](/settings) [b](//evil.example) [c](https://a.example) ![d](https://a.example/i.png)',
  );
  expect([...html.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, to]) => to)).toEqual(['https://a.example']);
  expect(html).not.toContain('<img');
});

test('items keep the number that stands before them', () => {
  expect(htmlOf('3. a\n7. b').match(/value="\d+"/g)).toEqual(['value="3"', 'value="7"']);
});

/** Words that occur nowhere else, so that each can be looked for. */
const word = fc.nat(0xffffff).map((number) => `w${number.toString(36)}q`);
const inLine = fc.oneof(
  { weight: 3, arbitrary: word },
  ...[
    (a: string, b: string) => `Promise<${a}, ${b}>`,
    (a: string, b: string) => `<${a} ${b}="x">`,
    (a: string, b: string) => `<!-- ${a} ${b} -->`,
    (a: string, b: string) => `[${a}](${b})`,
    (a: string, b: string) => `[${a}](http://${b}.example "${b}")`,
    (a: string, b: string) => `[${a}][${b}]`,
    (a: string, b: string) => `![${a}](${b}.png)`,
    (a: string, b: string) => `[^${a}] ${b}`,
    (a: string, b: string) => `\`${a}\` **${b}**`,
    (a: string, b: string) => `~${a} ~~${b}~~`,
  ].map((made) => fc.tuple(word, word).map(([a, b]) => made(a, b))),
);
const line = fc.array(inLine, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '));
const block = fc.oneof(
  line,
  ...[
    (a: string, b: string) => `# ${a}\n${b}`,
    (a: string, b: string) => `${a}\n===\n${b}`,
    (a: string, b: string) => `> ${a}\n${b}`,
    (a: string, b: string) => `- ${a}\n\n  ${b}`,
    (a: string, b: string) => `1. [x] ${a}\n4. ${b}`,
    (a: string, b: string) => `<details>\n${a}\n</details>\n${b}`,
    (a: string, b: string) => `| ${a} |\n|---|\n| x | ${b} |`,
    (a: string, b: string) => `\`\`\`ts ${a.replaceAll('`', '')}\n${b}\n\`\`\``,
    (a: string, b: string) => `    ${a}\n\n${b}`,
    (a: string, b: string) => `<!--\n${a}\n\n${b}\n-->`,
  ].map((made) => fc.tuple(line, line).map(([a, b]) => made(a, b))),
  fc.tuple(word, word, word).map(([a, b, c]) => `[${a}]: http://${b}.example "${c}"`),
  fc.tuple(word, line).map(([a, b]) => `[^${a}]: ${b}`),
);
const marks = fc
  .array(fc.oneof(word, fc.constantFrom(...'<>![]()`~*_#-|:"\'=/&^ \n\t+'.split('')), fc.constant('\n\n')), {
    maxLength: 60,
  })
  .map((parts) => parts.join(''));
const document = fc.oneof(
  fc.array(block, { minLength: 1, maxLength: 5 }).map((blocks) => blocks.join('\n\n')),
  fc.array(block, { minLength: 1, maxLength: 5 }).map((blocks) => blocks.join('\n')),
  marks,
);

test('whatever is written, every word of it is seen', { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(document, (text) => {
      const all = seen(text);
      const lost = (text.match(/w[0-9a-z]+q/g) ?? []).filter((one) => !all.includes(one));
      expect(lost).toEqual([]);
    }),
    { numRuns: texts },
  );
});

test('each paragraph has the direction of its own words, whatever the ones around it have', () => {
  const html = htmlOf('English first.\n\nשלום\n\n- one\n- שתיים\n\n|a|ב|\n|-|-|\n|c|ד|');
  for (const tag of ['p', 'li', 'th', 'td'])
    expect(html.match(new RegExp(`<${tag}[ >]`, 'g'))).toEqual(
      html.match(new RegExp(`<${tag}(?= dir="auto")[ >]`, 'g')),
    );
  expect(html).toContain('<p dir="auto">שלום</p>');
});

test('the boxes of a list of tasks are called what they tick off, without the tasks below it', () => {
  const html = htmlOf('- [x] write `it`\n- [ ] test it\n  - [ ] on Linux\n\n\n- [x] loose');
  const boxes = [...html.matchAll(/<input[^>]*>/g)].map(([box]) => [
    decoded(/aria-label="([^"]*)"/.exec(box)?.[1] ?? ''),
    box.includes('checked'),
  ]);
  expect(boxes).toEqual([
    ['write it', true],
    ['test it', false],
    ['on Linux', false],
    ['loose', true],
  ]);
});

test.each(['docs/a.md', '/sessions/new', '../up.md', '#here', '//other.example/x', '?q=1'])(
  'a link to %s leads nowhere in the dashboard: it is text that says where to',
  (path) => {
    const html = htmlOf(`see [this](${path})`);
    expect(html).not.toContain('<a');
    expect(shown(`see [this](${path})`)).toContain(`this (${path})`);
  },
);

test('what is short in a table stands on one line, what is long has room, and what is between breaks as it may', () => {
  const long = 'joins the orders with their lines, the customers and the history of prices';
  const html = htmlOf(`| p95 | Why | Where |\n|--:|---|---|\n| 188 ms | ${long} | between the two of them |`);
  expect(html).toMatch(/<td [^>]*class="short"[^>]*>188 ms</);
  expect(html).toMatch(/<td [^>]*class="long"[^>]*>joins/);
  expect(html).toMatch(/<td dir="auto">between/);
});

test.each([
  ['[https://bank.example/login](https://evil.example/x)', 'https://bank.example/login (evil.example)'],
  ['[bank.example](https://evil.example/)', 'bank.example (evil.example)'],
  [
    '[bank.example/login](https://bank.example.evil.example/)',
    'bank.example/login (bank.example.evil.example)',
  ],
  ['https://bank.example@evil.example/', 'https://bank.example@evil.example/ (evil.example)'],
  ['https://ex\u0430mple.com/', 'https://ex\u0430mple.com/ (xn--exmple-4nf.com)'],
  ['[www.bank.example](https://bank.example/a)', 'www.bank.example'],
  ['[README.md](https://code.example/a/README.md)', 'README.md (code.example)'],
  ['[bank.example](https://evil.example/bank.example)', 'bank.example (evil.example)'],
  ['[the site](https://code.example/)', 'the site'],
  ['https://code.example:8443/a?b=c#d', 'https://code.example:8443/a?b=c#d'],
])('a link that names another server than it leads to says which one that is: %s', (source, words) => {
  expect(shown(source)).toBe(words);
});

test.each(['1. ', '> ', '- ', '> 1. * '])(
  'what lies too deep in %jis text, and is not read for minutes',
  (level) => {
    const source = `${level.repeat(20_000 / level.length)}rm -rf /`;
    const began = performance.now();
    expect(shown(source)).toContain(source.slice(0, 1_000).trim());
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(htmlOf(`${level.repeat(3)}three levels`)).not.toContain('&gt; &gt;');
  },
);
