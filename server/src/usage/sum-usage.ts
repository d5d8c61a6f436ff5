import type { UsageGroup, UsageRow } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import { runIdsFrom } from '../db/ids.js';

export interface UsageRange {
  from: Date;
  to: Date;
  timeZone: string;
  byDay: boolean;
  by: UsageGroup | undefined;
  /** Groups told apart; the rest is summed. */
  groups: number;
}

/** Where a statement finds a group's key, its name, and what else it has to read. An empty key is none. */
interface Group {
  key: string;
  name: string;
  from?: string;
  /** The figures, where they are not the run's own. */
  cost?: string;
  tokens?: string;
}

const groups: Record<UsageGroup | 'none', Group> = {
  none: { key: `''`, name: `''` },
  runner: {
    key: `coalesce(r.runner_id, '')`,
    name: `coalesce(n.name, '')`,
    from: 'LEFT JOIN runners n ON n.id = r.runner_id',
  },
  // One directory may be spelled in several ways; the first one names it.
  directory: { key: 'r.cwd_key', name: 'r.cwd' },
  model: {
    key: `coalesce(m.key, r.model, '')`,
    name: `coalesce(m.key, r.model, '')`,
    from: `LEFT JOIN LATERAL jsonb_each(r.usage -> 'byModel') m ON true`,
    cost: `CASE WHEN m.key IS NULL THEN r.cost_usd ELSE (m.value ->> 'costUsd')::float8 END`,
    tokens: 'CASE WHEN m.key IS NULL THEN r.usage ELSE m.value END',
  },
  key: {
    key: `coalesce(r.launched_by, '')`,
    name: `coalesce(k.name, '')`,
    from: 'LEFT JOIN api_keys k ON k.id = r.launched_by',
  },
  label: {
    key: `coalesce(l.label, '')`,
    name: `coalesce(l.label, '')`,
    from: 'LEFT JOIN LATERAL unnest(r.labels) l(label) ON true',
  },
};

/**
 * $1 org, $2 from, $3 to, $4 time zone, $5 groups told apart, $6 and $7 what ids of that time lie between. The range
 * of ids is what makes it read those runs only, with the index that lists them: an index on created_at would be
 * paid for by every claim. It is wider than the instants, for the clocks of servers and database differ.
 */
function statementFor(byDay: boolean, by: UsageGroup | undefined): Statement {
  const { key, name, from = '', cost = 'r.cost_usd', tokens = 'r.usage' } = groups[by ?? 'none'];
  // Without days the time zone is still spoken of: a statement may not ignore a value.
  const day = byDay ? `to_char(r.created_at AT TIME ZONE $4::text, 'YYYY-MM-DD')` : 'left($4::text, 0)';
  return {
    name: `sum-usage${byDay ? '-by-day' : ''}${by ? `-by-${by}` : ''}`,
    text: `
WITH facts AS (
  SELECT ${day} AS day, ${key} AS key, ${name} AS name, ${cost} AS cost, ${tokens} AS tokens
  FROM runs r ${from}
  WHERE r.org_id = $1 AND r.id >= $6 AND r.id < $7 AND r.created_at >= $2 AND r.created_at < $3
), grouped AS (
  SELECT day, key, min(name) AS name, count(*) AS runs, sum(coalesce(cost, 0)) AS cost,
    sum(coalesce((tokens ->> 'inputTokens')::bigint, 0)) AS input,
    sum(coalesce((tokens ->> 'outputTokens')::bigint, 0)) AS output,
    sum(coalesce((tokens ->> 'cacheReadTokens')::bigint, 0)) AS cache_read,
    sum(coalesce((tokens ->> 'cacheCreationTokens')::bigint, 0)) AS cache_creation
  FROM facts GROUP BY day, key
), ranked AS (
  SELECT key, min(name) AS name,
    row_number() OVER (ORDER BY sum(cost) DESC, sum(runs) DESC, key) > $5::int AS other
  FROM grouped GROUP BY key
), told AS (
  SELECT g.*, k.other, CASE WHEN k.other THEN '' ELSE g.key END AS told_key,
    CASE WHEN k.other THEN '' ELSE k.name END AS told_name
  FROM grouped g JOIN ranked k USING (key)
)
SELECT nullif(day, '') AS day, nullif(told_key, '') AS key, nullif(told_name, '') AS name, other,
  sum(runs)::float8 AS runs, sum(cost)::float8 AS cost, sum(input)::float8 AS input, sum(output)::float8 AS output,
  sum(cache_read)::float8 AS cache_read, sum(cache_creation)::float8 AS cache_creation
FROM told GROUP BY day, told_key, told_name, other
ORDER BY day, other, sum(cost) DESC, sum(runs) DESC, told_key`,
  };
}

interface Row {
  day: string | null;
  key: string | null;
  name: string | null;
  other: boolean;
  runs: number;
  cost: number;
  input: number;
  output: number;
  cache_read: number;
  cache_creation: number;
}

/** How far the clock that made a run's id may be from the database's. */
const clockSlackMs = 24 * 3_600_000;

/** What the org's sessions that were launched in the range used, summed by the database. */
export async function sumUsage(
  database: Database,
  orgId: string,
  range: UsageRange,
  over?: AbortSignal,
): Promise<UsageRow[]> {
  const { from, to, timeZone, byDay, by, groups } = range;
  const rows = await database.ask<Row>(
    statementFor(byDay, by),
    [
      orgId,
      from,
      to,
      timeZone,
      groups,
      runIdsFrom(from.getTime() - clockSlackMs),
      runIdsFrom(to.getTime() + clockSlackMs),
    ],
    over,
  );
  return rows.map((row) => ({
    day: row.day,
    // Directories are matched by their key, but asked for as they are spelled.
    key: by === 'directory' ? row.name : row.key,
    name: row.name,
    other: row.other,
    runs: row.runs,
    costUsd: row.cost,
    inputTokens: row.input,
    outputTokens: row.output,
    cacheReadTokens: row.cache_read,
    cacheCreationTokens: row.cache_creation,
  }));
}
