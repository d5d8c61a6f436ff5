import type { UsageGroup } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { factsOf, kinds, usageColumns } from './usage-facts.js';
import { adding, storedCells } from './usage-sums.js';

const allFacts = (source: string) =>
  (Object.keys(kinds) as UsageGroup[]).map((kind) => factsOf(kind, source)).join('\n  UNION ALL');

/** When an id says that a run was made, ms since 1970: db/ids.ts. */
const digits = `'0123456789abcdefghijklmnopqrstuvwxyz'`;
const timeOfId = Array.from(
  { length: 9 },
  (_, place) => `(strpos(${digits}, substr(id, ${4 + place}, 1)) - 1) * ${36 ** (8 - place)}::bigint`,
).join(' + ');

/**
 * Adds the runs that were made from $1 on and before $2, of which nothing is summed yet; what was noted of them meanwhile is in
 * what they say now. $3 and $4 are what their ids lie between, $5 the most that an id's time is looked at to differ, ms.
 */
export const sumRuns: Statement = {
  name: 'sum-runs',
  text: `
${adding(`
WITH source AS MATERIALIZED (
  SELECT id, ${usageColumns}, 1 AS sign FROM runs
  WHERE id >= $3 AND id < $4 AND created_at >= $1 AND created_at < $2
),
facts AS (${allFacts('source')}
)`)},
noted AS (DELETE FROM usage_changes WHERE created_at >= $1 AND created_at < $2)
UPDATE usage_state SET summed_until = $2, skew_ms = GREATEST(skew_ms, LEAST($5::bigint, coalesce(
  (SELECT max(abs(extract(epoch FROM created_at) * 1000 - (${timeOfId})))::bigint FROM source), 0)))`,
};

/** Adds some of what was noted of runs that are summed. $1 until when they are, $2 most. Row: { changes }, how many those were. */
export const sumChanges: Statement = {
  name: 'sum-changes',
  text: `
${adding(`
WITH source AS (
  DELETE FROM usage_changes WHERE id = ANY (ARRAY(
    SELECT id FROM usage_changes WHERE created_at < $1 ORDER BY id LIMIT $2
  )) RETURNING ${usageColumns}, sign
),
facts AS (${allFacts('source')}
)`)}
SELECT count(*) AS changes FROM source`,
};

/** A group that is all of the runs, in a whole month. */
const ofAll = `total AND kind = ${kinds.runner.number} AND month`;

/**
 * Sets right the sums of an org's month where they differ from its runs: from what these say is taken what was noted and is not
 * added yet, and what is stored. $1 org, $2 the month's first day, $3 until when runs are summed, $4 and $5 what ids of the month lie
 * between, $6 whether it is only looked at. Row: a WrongUsage.
 */
export const rebuildMonth: Statement = {
  name: 'rebuild-usage-month',
  text: `
${adding(
  `
WITH month AS (
  SELECT $2::date::timestamp AT TIME ZONE 'UTC' AS first,
    LEAST($3, ($2::date + interval '1 month') AT TIME ZONE 'UTC') AS past
),
source AS MATERIALIZED (
  SELECT ${usageColumns}, 1 AS sign FROM runs, month
  WHERE org_id = $1 AND id >= $4 AND id < $5 AND created_at >= month.first AND created_at < month.past
  UNION ALL SELECT ${usageColumns}, -sign FROM usage_changes, month
  WHERE org_id = $1 AND created_at >= month.first AND created_at < month.past
),
facts AS (${allFacts('source')}
)`,
  storedCells(`g.org_id = $1 AND s.day >= $2 AND s.day < $2::date + interval '1 month'`),
  'WHERE NOT $6::bool',
)}
SELECT count(*) AS sums, coalesce(sum(runs) FILTER (WHERE ${ofAll}), 0)::float8 AS runs,
  coalesce(sum(cost) FILTER (WHERE ${ofAll}), 0)::float8 AS "costUsd" FROM cells`,
};
export interface WrongUsage {
  /** How many sums were wrong. */
  sums: number;
  /** How many runs, and USD, were missing from the whole month; less than 0 were too many. */
  runs: number;
  costUsd: number;
}

/** What there may be of an org: rows { id, first }, in order, first the first day that has anything, as a text. $1 org or an empty text for all. */
export const usageOrgs: Statement = {
  name: 'usage-orgs',
  text: `
SELECT o.id, to_char(LEAST(
  (SELECT min(s.day) FROM usage_groups g JOIN usage_sums s ON s.group_id = g.id WHERE g.org_id = o.id AND g.total),
  (SELECT (created_at AT TIME ZONE 'UTC')::date - 2 FROM runs WHERE org_id = o.id ORDER BY id LIMIT 1)
), 'YYYY-MM-DD') AS first
FROM orgs o WHERE $1::text = '' OR o.id = $1 ORDER BY o.id`,
};

/** As below, but waits for it. */
export const awaitUsageTurn: Statement = {
  name: 'await-usage-turn',
  text: 'SELECT pg_advisory_xact_lock(72707370)',
};

/** One server sums at a time, until the transaction ends. Row: { mine }. */
export const takeUsageTurn: Statement = {
  name: 'take-usage-turn',
  text: 'SELECT pg_try_advisory_xact_lock(72707370) AS mine',
};

/** Row: a UsageState. $1 how long what is not summed yet may still change unnoted, ms. */
export const usageState: Statement = {
  name: 'usage-state',
  text: `
SELECT summed_until AS "summedUntil", skew_ms AS "skewMs", now() - $1 * interval '1 ms' AS ripe FROM usage_state`,
};
export interface UsageState {
  /** Every run that was made before is summed. */
  summedUntil: Date;
  /** The most by which the time in a run's id was found to differ from when it was made. */
  skewMs: number;
  /** Until when runs may be summed. */
  ripe: Date;
}

/** The id of the run after so many. $1 from this id on, $2 how many. Row: { id }; none where there are not so many. */
export const runAfterSome: Statement = {
  name: 'run-after-some',
  text: 'SELECT id FROM runs WHERE id >= $1 ORDER BY id OFFSET $2 LIMIT 1',
};
