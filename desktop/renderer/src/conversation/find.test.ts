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
    nested: false,
    text: output,
    isError: false,
    truncated: false,
    hunks: undefined,
    images: [],
    told: null,
  },
});
const { signal } = new AbortController();
const hits = (query: string, ...items: Item[]) => new Search(query).in(items, signal);
const find = async (query: string, ...items: Item[]) => (await hits(query, ...items))?.map(({ seq }) => seq);

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
  const seqs = async (items: Item[]) => (await search.in(items, signal))?.map(({ seq }) => seq);
  const call = ran(4, 'ls', 'nothing');
  expect(await seqs([said(3, 'needle'), call])).toEqual([3]);
  const grown = [said(1, 'a needle'), said(3, 'needle'), ran(4, 'ls', 'needle'), said(6, 'needles')];
  expect(await seqs(grown)).toEqual([1, 3, 4, 6]);
});

test('each place of a line counts, in what a command is and in what it answered', async () => {
  const output = 'needle\n'.repeat(40);
  expect(await hits('needle', said(1, 'Needle in a needle'), ran(2, 'find needle', output))).toEqual([
    { seq: 1, places: 2 },
    { seq: 2, places: 41 },
  ]);
});

test('the last words of a session, which its result repeats, are found once', async () => {
  const figures = { costUsd: 1, turns: 1, durationMs: 1, models: [] };
  const result: Item = { ...placed(2), type: 'result', text: 'a needle', isError: false, ...figures };
  expect(await hits('needle', said(1, 'a needle'), result)).toEqual([{ seq: 1, places: 1 }]);
  expect(await hits('needle', { ...result, isError: true })).toEqual([{ seq: 2, places: 1 }]);
});
