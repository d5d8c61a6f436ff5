import type { UsageGroup, UsageRow } from '@agentfleet/contract';
import { dollars, formatCost, formatCount } from '../ui/format.js';
import type { Column } from './columns.js';

/** What is drawn of usage. */
export type Figure = 'cost' | 'tokens' | 'runs';

export const figures: Record<
  Figure,
  {
    word: string;
    of: (row: UsageRow) => number;
    format: (value: number) => string;
    /** In few digits, where there is little room. */
    brief: (value: number) => string;
  }
> = {
  cost: { word: 'Cost', of: (row) => row.costUsd, format: formatCost, brief: briefCost },
  tokens: { word: 'Tokens', of: tokensOf, format: formatCount, brief: formatCount },
  runs: { word: 'Sessions', of: (row) => row.runs, format: formatCount, brief: formatCount },
};

/** `$7.4`, `$12`; what is less than ten cents as it is. */
function briefCost(usd: number): string {
  if (usd < 0.1) return formatCost(usd);
  return usd < 9.95 ? `$${usd.toFixed(1)}` : `$${formatCount(Math.round(usd))}`;
}

/** Of the marks of an axis, evenly spaced from 0 on, in as many digits as tell each from the next. */
export function axisLabels(figure: Figure, marks: readonly number[]): string[] {
  const [first = 0, second = 1] = marks;
  const needed = Math.ceil(-Math.log10(second - first) - 1e-9);
  const digits = marks.every(Number.isInteger) ? 0 : Math.max(2, needed);
  return marks.map((mark) =>
    figure === 'cost' && mark !== 0 ? dollars(mark, digits) : figures[figure].format(mark),
  );
}

/** All tokens, read from the cache or not. */
export function tokensOf(row: UsageRow): number {
  return row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheCreationTokens;
}

/** What sessions without a runner, model, label or known key are called. */
const nothing: Record<UsageGroup, string> = {
  runner: 'No runner yet',
  directory: 'No folder',
  model: 'Not known yet',
  label: 'No label',
  key: 'Not known',
};

/** A group's name as the screen has it. */
export function groupName(row: UsageRow, by: UsageGroup): string {
  return row.other ? 'All others' : (row.name ?? nothing[by]);
}

/** One group over all days. */
export interface Series {
  id: string;
  name: string;
  /** Sums what is not told apart. */
  other: boolean;
  /** One value a day. */
  values: number[];
  total: number;
}

/** Days and groups as series, the largest first and what is not told apart last. */
export function seriesOf(
  rows: readonly UsageRow[],
  days: readonly string[],
  by: UsageGroup,
  figure: Figure,
): Series[] {
  const at = new Map(days.map((day, index) => [day, index]));
  const series = new Map<string, Series>();
  for (const row of rows) {
    const index = at.get(row.day ?? '');
    if (index === undefined) continue;
    const id = groupId(row);
    const one = series.get(id) ?? {
      id,
      name: groupName(row, by),
      other: row.other,
      values: days.map(() => 0),
      total: 0,
    };
    series.set(id, one);
    const value = figures[figure].of(row);
    one.values[index] = (one.values[index] ?? 0) + value;
    one.total += value;
  }
  // What is left of the groups is none where it used nothing.
  const shown = [...series.values()].filter(({ other, total }) => !other || total > 0);
  return shown.sort((a, b) => Number(a.other) - Number(b.other) || b.total - a.total);
}

/** What was used in all in each column, whatever the groups: they may overlap, or be told apart only in part. */
export function totalsOf(
  spent: readonly UsageRow[],
  days: readonly string[],
  columns: readonly Column[],
  figure: Figure,
): number[] {
  const byDay = new Map(spent.map((row) => [row.day, figures[figure].of(row)]));
  return columns.map(({ first, last }) =>
    days.slice(first, last + 1).reduce((sum, day) => sum + (byDay.get(day) ?? 0), 0),
  );
}

/** Whether groups add up to more than there was: a session has several labels, and counts once for each of its models. */
export function overlaps(by: UsageGroup, figure: Figure): boolean {
  return by === 'label' || (by === 'model' && figure === 'runs');
}

/** Tells a group from every other, also from the rest and from having none. */
export function groupId(row: UsageRow): string {
  if (row.other) return 'other';
  return row.key === null ? 'none' : `key ${row.key}`;
}

/** Each series on top of those after it, so that drawing them in order leaves each one’s own part to be seen. */
export function stacked(series: readonly Series[]): number[][] {
  let below: number[] | undefined;
  return series
    .toReversed()
    .map(({ values }) => {
      const under = below;
      below = values.map((value, day) => value + (under?.[day] ?? 0));
      return below;
    })
    .toReversed();
}

/** What a series comes to in each column. */
export function valuesIn({ values }: Series, columns: readonly Column[]): number[] {
  return columns.map(({ first, last }) =>
    values.slice(first, last + 1).reduce((sum, value) => sum + value, 0),
  );
}
