import type { UsageGroup, UsageRow } from '@agentfleet/contract';
import { groupName } from './series.js';

/** A spreadsheet takes a cell that begins so for a formula, and names of folders and labels are anybody's. */
const formula = /^[=+\-@\t\r]/;

/** One cell of RFC 4180; text that a spreadsheet would run is led by an apostrophe. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = formula.test(value.trimStart()) || formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Usage as CSV, one line a day and group. */
export function usageCsv(rows: readonly UsageRow[], by: UsageGroup): string {
  const head = [
    'day',
    by,
    'sessions',
    'cost_usd',
    'input_tokens',
    'output_tokens',
    'cache_read_tokens',
    'cache_creation_tokens',
  ];
  const lines = rows.map((row) => [
    row.day ?? '',
    groupName(row, by),
    row.runs,
    row.costUsd,
    row.inputTokens,
    row.outputTokens,
    row.cacheReadTokens,
    row.cacheCreationTokens,
  ]);
  return [head, ...lines].map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}
