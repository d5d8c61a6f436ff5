import type { UsageGroup, UsageRow } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { runIdsFrom } from '../db/ids.js';
import { clockSlackMs, readState, slotMs } from './keep-usage.js';
import { type Span, spansOf } from './spans.js';
import { type UsageSum, usageOf } from './sql/sum-usage.js';

export interface UsageRange {
  from: Date;
  to: Date;
  timeZone: string;
  byDay: boolean;
  by: UsageGroup | undefined;
  /** Groups told apart; the rest is summed. */
  groups: number;
}

/** By how much the time in the id of a run that is not summed yet may differ at the least, ms. */
const leastSlackMs = 3_600_000;

/** What the org's sessions that were launched in the range used: from the sums, and from the runs that are not summed. */
export async function sumUsage(
  database: Database,
  orgId: string,
  range: UsageRange,
  over?: AbortSignal,
): Promise<UsageRow[]> {
  const { timeZone, byDay, by, groups } = range;
  const { summedUntil, skewMs, ripe } = await readState(database);
  const [from, to] = [range.from.getTime(), range.to.getTime()];
  // Whole slots that are summed. Those that are summed meanwhile are read from the runs.
  // No run is older than 1970.
  const first = Math.ceil(Math.max(0, from) / slotMs) * slotMs;
  const past = Math.floor(Math.min(to, summedUntil.getTime()) / slotMs) * slotMs;
  const [begin, end] = first < past ? [first, past] : [from, from];
  // Of runs of long ago that are not summed yet nobody knows.
  const known = ripe.getTime() - summedUntil.getTime() < clockSlackMs ? skewMs : clockSlackMs;
  const slack = Math.min(clockSlackMs, Math.max(known, leastSlackMs));
  const values = [
    ...[orgId, range.from, range.to, timeZone, groups, new Date(begin), new Date(end)],
    ...[from - slack, begin + slack, end - slack, to + slack].map(runIdsFrom),
    ...columns(spansOf(begin, end, true)),
    ...(byDay ? columns(spansOf(begin, end, false)) : []),
  ];
  const rows = await database.ask<UsageSum>(usageOf(byDay, by), values, over);
  return rows.map((row) => ({
    day: row.day,
    // Directories are matched by their key, but asked for as they are spelled.
    key: by === 'directory' ? row.name : row.key,
    name: row.name,
    other: row.other,
    runs: Math.round(row.runs),
    costUsd: settled(row.cost, 9),
    inputTokens: settled(row.input),
    outputTokens: settled(row.output),
    cacheReadTokens: settled(row.cache_read),
    cacheCreationTokens: settled(row.cache_creation),
  }));
}

/** What is added and taken away in floating point leaves traces far behind the point. */
const settled = (value: number, digits = 0) => Math.max(0, Number(value.toFixed(digits)));

const columns = (spans: Span[]): unknown[] =>
  (['month', 'first', 'past', 'firstSlot', 'pastSlot'] as const).map((key) => spans.map((span) => span[key]));
