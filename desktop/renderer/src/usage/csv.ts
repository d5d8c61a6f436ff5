import { csvLine, type UsageGroup, type UsageRow } from '@agentfleet/contract';
import { groupName } from './series.js';

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
  return [head, ...lines].map(csvLine).join('');
}
