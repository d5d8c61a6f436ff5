import type { UsageGroup } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { factsOf, kinds, summed, sums, usageColumns } from './usage-facts.js';
import { between, placesIn, slotMinutes, slotsOfDay } from './usage-sums.js';

/** Found through an index for each span, however many the planner takes there to be. */
const rowsOf = (condition: string) => `SELECT * FROM usage_sums s
      WHERE ${condition} AND s.day >= span.first AND s.day < span.past OFFSET 0`;
const localDay = (instant: string) => `(${instant} AT TIME ZONE $4::text)::date`;
const slotBegins = (day: string, part: string) =>
  `((${day} + ${part} * interval '${slotMinutes} min') AT TIME ZONE 'UTC')`;

/**
 * What the runs of an org used that were made from $2 on and before $3. From $6 on and before $7 that stands in the sums; what
 * is beside is read from the runs.
 * $1 org, $4 time zone, $5 groups told apart, $6 and $7 as above, $8 and $9 what ids of runs before $6 lie between, $10 and $11 those
 * from $7 on; the spans of $6 to $7: $12 whether of months, $13 from which day, $14 before which day, $15 from which slot, $16 before
 * which slot; by day $17 to $21, the same without months. Rows: a UsageSum each.
 */
export function usageOf(byDay: boolean, by: UsageGroup | undefined): Statement {
  return {
    name: `sum-usage${byDay ? '-by-day' : ''}${by ? `-by-${by}` : ''}`,
    text: `
WITH ${facts(by ?? 'runner', by !== undefined)}${ranked(by)}${byDay ? byDays(by) : overall}`,
  };
}

export interface UsageSum {
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

/** What is not in the sums, as facts, and `total`, the group that has all of the kind. */
const facts = (kind: UsageGroup, isToldApart: boolean) => `source AS MATERIALIZED (
  SELECT ${usageColumns}, 1 AS sign FROM runs
  WHERE org_id = $1 AND id >= $8 AND id < $9 AND created_at >= $2 AND created_at < LEAST($3, $6::timestamptz)
  UNION ALL SELECT ${usageColumns}, 1 FROM runs
  WHERE org_id = $1 AND id >= $10 AND id < $11 AND created_at >= GREATEST($2, $7::timestamptz) AND created_at < $3
  UNION ALL SELECT ${usageColumns}, sign FROM usage_changes
  WHERE org_id = $1 AND created_at >= $6 AND created_at < $7
),
facts AS MATERIALIZED (
  SELECT ${isToldApart ? 'key, name' : `'' AS key, '' AS name`}, ${localDay('at')} AS local, ${sums()}
  FROM (${factsOf(kind, 'source')}
  ) each GROUP BY 1, 2, 3
),
total AS MATERIALIZED (
  SELECT id FROM usage_groups WHERE org_id = $1 AND kind = ${kinds[kind].number} AND total
),`;

/** Who used how much in all, and whether they are told apart. */
const ranked = (by: UsageGroup | undefined) => `
lines AS (
  SELECT key, name, ${sums()} FROM (
    SELECT key, name, ${summed.join(', ')} FROM facts
    UNION ALL SELECT ${by ? 'g.key, g.name' : `'', ''`}, ${sums('s.', (column) => `s.${column}`)} FROM (
      SELECT group_id, ${sums()} FROM (
        SELECT s.group_id, ${between('s')}
        FROM unnest($12::bool[], $13::date[], $14::date[], $15::int[], $16::int[]) span(month, first, past, first_slot, past_slot)
          CROSS JOIN LATERAL (
            ${rowsOf(`s.total_id = (SELECT id FROM total) AND (s.group_id = s.total_id) = ${by === undefined} AND s.month = span.month`)}
          ) s ${placesIn('s', 'span.first_slot', 'span.past_slot')}
      ) each GROUP BY group_id
    ) s JOIN usage_groups g ON g.id = s.group_id
  ) each GROUP BY key, name HAVING sum(runs) > 0.5
),
ranked AS MATERIALIZED (
  SELECT key, min(name) AS name, ${sums()},
    row_number() OVER (ORDER BY ${rounded('sum(cost)')} DESC, sum(runs) DESC, key) > $5::int AS other
  FROM lines GROUP BY key
),
named AS MATERIALIZED (
  SELECT ranked.key, ranked.other, ${nameOf(by)} AS name FROM ranked
),`;

function nameOf(by: UsageGroup | undefined): string {
  if (by === 'runner') return '(SELECT n.name FROM runners n WHERE n.id = ranked.key)';
  if (by === 'key') return '(SELECT k.name FROM api_keys k WHERE k.id = ranked.key)';
  return by === 'directory' ? 'ranked.name' : 'ranked.key';
}

/** What floating point leaves is no difference. */
const rounded = (cost: string) => `round((${cost})::numeric, 9)`;
const numbers = sums('', (column) => `${column}::float8 AS ${column}`);

const overall = `
told AS (
  SELECT CASE WHEN n.other THEN '' ELSE n.key END AS key, CASE WHEN n.other THEN '' ELSE n.name END AS name, n.other, ${sums('r.')}
  FROM ranked r JOIN named n USING (key) GROUP BY 1, 2, 3
)
SELECT NULL AS day, nullif(key, '') AS key, nullif(name, '') AS name, other, ${numbers}
FROM told ORDER BY other, ${rounded('told.cost')} DESC, told.runs DESC, told.key`;

/**
 * Days of UTC are cut where local ones begin. What the groups that are not told apart used is what is left of the sums of all.
 */
const byDays = (by: UsageGroup | undefined) => `
shown AS MATERIALIZED (
  ${by === undefined ? '' : toldApart(by)}SELECT id, '' AS key, ${by !== undefined} AS whole FROM total
),
days AS MATERIALIZED (
  SELECT day::date AS day, first_slot, past_slot, ${aheadOf('day')} AS ahead, ${aheadOf(`day + interval '1 day'`)} AS later
  FROM unnest($17::bool[], $18::date[], $19::date[], $20::int[], $21::int[]) span(month, first, past, first_slot, past_slot)
    CROSS JOIN LATERAL generate_series(first::timestamp, past - interval '1 day', '1 day') day
),
pieces AS MATERIALIZED (
  SELECT day, local, GREATEST(first_slot, first) AS first, LEAST(past_slot, past) AS past FROM (
    -- All of the day has one offset: one local day ends and another begins.
    SELECT d.*, cut.first, cut.past, ${localDay(slotBegins('d.day', 'cut.first'))} AS local
    FROM days d CROSS JOIN LATERAL (SELECT (2 * ${slotsOfDay} - ahead) % ${slotsOfDay} AS midnight) begins
      CROSS JOIN LATERAL (VALUES (0, midnight), (midnight, ${slotsOfDay})) cut(first, past)
    WHERE ahead = later
    UNION ALL SELECT d.*, min(slot), max(slot) + 1, ${localDay(slotBegins('d.day', 'slot'))}
    FROM days d CROSS JOIN generate_series(0, ${slotsOfDay - 1}) slot
    WHERE ahead <> later GROUP BY day, first_slot, past_slot, ahead, later, 8
  ) each WHERE GREATEST(first_slot, first) < LEAST(past_slot, past)
),
cells AS (
  SELECT p.local, shown.key, shown.whole, ${between('s')}
  FROM (SELECT min(day) AS first, max(day) + 1 AS past FROM days) span CROSS JOIN shown CROSS JOIN LATERAL (
    ${rowsOf('s.group_id = shown.id AND NOT s.month')}
  ) s JOIN pieces p ON p.day = s.day ${placesIn('s', 'p.first', 'p.past')}
  UNION ALL SELECT f.local, f.key, false, ${sums('f.', (column) => `f.${column}`)}
  FROM facts f JOIN named n USING (key) WHERE NOT n.other
  ${by === undefined ? '' : `UNION ALL SELECT local, '', true, ${summed.join(', ')} FROM facts`}
),
told AS (
  SELECT local, key, whole, ${sums()} FROM cells GROUP BY local, key, whole
),
rows AS (
  SELECT local, key, false AS other, ${summed.join(', ')} FROM told WHERE NOT whole
  UNION ALL SELECT local, '', true, ${sums('', (column) => `sum(CASE WHEN whole THEN ${column} ELSE -${column} END)`)}
  FROM told GROUP BY local
)
SELECT to_char(local, 'YYYY-MM-DD') AS day, nullif(rows.key, '') AS key,
  CASE WHEN NOT rows.other THEN nullif(n.name, '') END AS name, rows.other, ${numbers}
FROM rows LEFT JOIN named n ON n.key = rows.key AND NOT rows.other
WHERE rows.runs > 0.5
ORDER BY local, rows.other, ${rounded('rows.cost')} DESC, rows.runs DESC, rows.key`;

const toldApart = (by: UsageGroup) => `
  SELECT g.id, g.key, false AS whole FROM named n JOIN usage_groups g
    ON g.org_id = $1 AND g.kind = ${kinds[by].number} AND g.key = n.key AND NOT g.total
  WHERE NOT n.other UNION ALL `;

/** How many slots the time zone is ahead of UTC. @param day SQL of a timestamp, in UTC */
function aheadOf(day: string): string {
  return `(extract(epoch FROM (${day}) AT TIME ZONE 'UTC' AT TIME ZONE $4::text - (${day})) / ${slotMinutes * 60})::int`;
}
