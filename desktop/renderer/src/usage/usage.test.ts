import { csvCell, type UsageRow } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { columnsOf } from './columns.js';
import { usageCsv } from './csv.js';
import { dayOf, daysBetween, startOfRange } from './days.js';
import { axisLabels, overlaps, seriesOf, stacked, totalsOf } from './series.js';

const row = (part: Partial<UsageRow>): UsageRow => ({
  day: '2026-11-20',
  key: null,
  name: null,
  other: false,
  runs: 1,
  costUsd: 0,
  inputTokens: 1,
  outputTokens: 2,
  cacheReadTokens: 3,
  cacheCreationTokens: 4,
  ...part,
});

const days = ['2026-11-20', '2026-11-21'];

test('a range of days ends today and has so many of them', () => {
  const now = new Date(2026, 10, 24, 13, 30);
  const first = startOfRange(now, 7);
  expect([first.getHours(), daysBetween(dayOf(first), dayOf(now))]).toEqual([
    0,
    ['18', '19', '20', '21', '22', '23', '24'].map((day) => `2026-11-${day}`),
  ]);
});

test.each([
  [
    [0, 0.005, 0.01, 0.015],
    ['$0', '$0.005', '$0.010', '$0.015'],
  ],
  [
    [0, 0.01, 0.02],
    ['$0', '$0.01', '$0.02'],
  ],
  [
    [0, 0.0002, 0.0004],
    ['$0', '$0.0002', '$0.0004'],
  ],
  [
    [0, 2.5, 5],
    ['$0', '$2.50', '$5.00'],
  ],
  [
    [0, 2_000, 4_000],
    ['$0', '$2,000', '$4,000'],
  ],
  [[], []],
])('marks of the axis %j are told apart', (marks, labels) => {
  expect(axisLabels('cost', marks)).toEqual(labels);
});

test('series have a value for every day, the dearest first and the rest last', () => {
  const rows = [
    row({ key: 'a', name: 'a', costUsd: 1 }),
    row({ key: 'b', name: 'b', costUsd: 2, day: '2026-11-21' }),
    row({ other: true, costUsd: 9 }),
    row({ costUsd: 0.5 }),
  ];
  expect(seriesOf(rows, days, 'label', 'cost').map(({ name, values }) => [name, values])).toEqual([
    ['b', [0, 2]],
    ['a', [1, 0]],
    ['No label', [0.5, 0]],
    ['All others', [9, 0]],
  ]);
});

test('the rest is left out where nothing is left', () => {
  const rows = [row({ key: 'a', name: 'a', costUsd: 1 }), row({ other: true, costUsd: 0 })];
  expect(seriesOf(rows, days, 'label', 'cost').map(({ name }) => name)).toEqual(['a']);
});

test('a label that is called like the rest is not the rest', () => {
  const rows = [row({ key: 'other', name: 'other' }), row({ other: true })];
  expect(seriesOf(rows, days, 'label', 'runs')).toHaveLength(2);
});

test('stacked series stand on those after them', () => {
  const rows = [row({ key: 'a', name: 'a', runs: 3 }), row({ key: 'b', name: 'b', runs: 2 })];
  expect(stacked(seriesOf(rows, days, 'runner', 'runs'))).toEqual([
    [5, 0],
    [2, 0],
  ]);
});

test('what overlaps stands side by side, by weeks where there would be too many bars, and its total is what there was', () => {
  expect([overlaps('label', 'cost'), overlaps('model', 'cost'), overlaps('model', 'runs')]).toEqual([
    true,
    false,
    true,
  ]);
  const ninety = daysBetween('2026-09-02', '2026-11-30');
  expect(columnsOf(ninety, false)).toHaveLength(90);
  const weeks = columnsOf(ninety, true);
  expect([weeks.length, weeks[0]?.first, weeks[0]?.last, weeks.at(-1)?.last]).toEqual([13, 0, 5, 89]);
  expect(weeks.every(({ first }, at) => at === 0 || first === (weeks[at - 1]?.last ?? 0) + 1)).toBe(true);
  const year = columnsOf(daysBetween('2025-12-01', '2026-11-30'), true);
  expect(year.length).toBeLessThanOrEqual(31);
  const spent = [row({ day: '2026-11-29', costUsd: 1 }), row({ day: '2026-11-30', costUsd: 2 })];
  expect(totalsOf(spent, ninety, weeks, 'cost').at(-1)).toBe(3);
});

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ['  =1+1', `'  =1+1`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ['-2+3', `'-2+3`],
  ['\tx', `'\tx`],
])('the cell %j is written %j', (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

test('numbers stay numbers', () => {
  expect(csvCell(-1.5)).toBe('-1.5');
});

test('the CSV has a line for each day and group', () => {
  expect(usageCsv([row({ key: '/code', name: '/code', costUsd: 0.25 })], 'directory')).toBe(
    'day,directory,sessions,cost_usd,input_tokens,output_tokens,cache_read_tokens,cache_creation_tokens\r\n' +
      '2026-11-20,/code,1,0.25,1,2,3,4\r\n',
  );
});
