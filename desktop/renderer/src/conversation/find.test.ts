import { expect, test } from 'vitest';
import { Search } from './find.js';
import type { Item } from './items.js';

const placed = (seq: number) => ({ seq, key: String(seq), at: '2026-11-24T10:00:00.000Z', nested: false });
const said = (seq: number, text: string): Item => ({ ...placed(seq), type: 'assistant', text });
const ran = (seq: number, command: string, output: string): Item => ({
  ...placed(seq),
  type: 'tool',
  name: 'Bash',
  title: 'Bash',
  input: { command },
  result: {
    seq: seq + 1,
    at: '',
    text: output,
    isError: false,
    truncated: false,
    hunks: undefined,
    images: [],
    told: null,
  },
});
const find = (query: string, ...items: Item[]) => new Search(query).in(items, new AbortController().signal);

test('what is looked for is found as it stands, in any case, wherever an item says it', async () => {
  const items = [
    said(1, 'A (b) [c]'),
    ran(2, 'grep "x.y"', 'nothing'),
    ran(4, 'ls', 'README.MD'),
    said(6, 'axyb'),
  ];
  expect(await find('(B) [', ...items)).toEqual([1]);
  expect(await find('x.y', ...items)).toEqual([2]);
  expect(await find('readme.md', ...items)).toEqual([4]);
  expect(await find('\\', ...items)).toEqual([]);
});

test('colours of a terminal do not hide a word', async () => {
  expect(await find('failed', ran(1, 'npm test', '\u001b[31mfai\u001b[1mled\u001b[0m'))).toEqual([1]);
});

test('what comes before, after and in place of what was searched is searched too', async () => {
  const search = new Search('needle');
  const { signal } = new AbortController();
  const call = ran(4, 'ls', 'nothing');
  expect(await search.in([said(3, 'needle'), call], signal)).toEqual([3]);
  const grown = [said(1, 'a needle'), said(3, 'needle'), ran(4, 'ls', 'needle'), said(6, 'needles')];
  expect(await search.in(grown, signal)).toEqual([1, 3, 4, 6]);
});
