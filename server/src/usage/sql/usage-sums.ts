import { summed, sums } from './usage-facts.js';

/** What is told apart at the least: every time zone's days begin with a slot. */
export const slotMinutes = 15;
export const slotsOfDay = (24 * 60) / slotMinutes;

const figureAt = (row: string, place: string, nth: number) =>
  `coalesce(${row}.figures[${summed.length} * ${place} + ${nth + 1 - summed.length}], 0)`;

/**
 * SQL of a join that finds in a row where two slots are, for `between`.
 * @param row SQL name of a row of usage_sums; `first` and `past` SQL of slots from 0 to `slotsOfDay`
 */
export const placesIn = (row: string, first: string, past: string) => `CROSS JOIN LATERAL (
  SELECT width_bucket((${first} - 1)::smallint, ${row}.slots) AS first, width_bucket((${past} - 1)::smallint, ${row}.slots) AS past
  OFFSET 0
) place`;

/** `summed` of a row from the beginning of one slot to that of another, which `placesIn` found. */
export const between = (row: string, as = (value: string) => value) =>
  summed
    .map(
      (column, nth) =>
        `${as(`(${figureAt(row, 'place.past', nth)} - ${figureAt(row, 'place.first', nth)})`)} AS ${column}`,
    )
    .join(', ');

const group = 'org_id, kind, total, key, name';
const target = 'group_id, month, day';

/** What floating point leaves of nothing, in USD and in tokens. */
const nothing = 1e-7;
const anything = summed.map((column) => `abs(sum(${column})) > ${nothing}`).join(' OR ');

/**
 * Adds facts to the sums of their days and months, of their groups and of all of a kind. One server at a time: nothing else may
 * write sums meanwhile. Leaves `cells`, what was added.
 * @param before parts of the statement that make `facts`
 * @param beside SQL of cells that are added too; `where` which are stored
 */
export const adding = (before: string, beside = '', where = '') => `
${before},
apart AS (
  SELECT org_id, kind, false AS total, key, name, day, part::smallint AS part, ${sums()}
  FROM (
    SELECT *, (at AT TIME ZONE 'UTC')::date AS day,
      floor(extract(epoch FROM (at AT TIME ZONE 'UTC')::time) / ${slotMinutes * 60}) AS part FROM facts
  ) facts GROUP BY org_id, kind, key, name, day, part
),
cells AS MATERIALIZED (
  SELECT ${group}, month, day, part, ${sums()} FROM (
    SELECT ${group}, span.month, span.day, span.part, ${summed.join(', ')}
    FROM (
      SELECT * FROM apart
      UNION ALL SELECT org_id, kind, true, '', '', day, part, ${sums()} FROM apart GROUP BY org_id, kind, day, part
    ) each CROSS JOIN LATERAL (VALUES
      (false, day, part), (true, date_trunc('month', day)::date, ${slotsOfDay - 1}::smallint)
    ) span(month, day, part) ${beside}
  ) each
  GROUP BY ${group}, month, day, part
  HAVING ${anything}
),
named AS (SELECT DISTINCT ${group} FROM cells),
known AS (
  SELECT g.* FROM usage_groups g JOIN named USING (${group})
),
made AS (
  INSERT INTO usage_groups (${group})
  SELECT * FROM named EXCEPT SELECT ${group} FROM known
  RETURNING *
),
ids AS (SELECT * FROM known UNION ALL SELECT * FROM made),
more AS MATERIALIZED (
  SELECT g.id AS group_id, t.id AS total_id, c.month, c.day, c.part, ${sums('c.', (column) => `c.${column}`)}
  FROM cells c JOIN ids g USING (${group}) JOIN ids t ON t.org_id = c.org_id AND t.kind = c.kind AND t.total
  ${where}
),
old AS MATERIALIZED (
  SELECT s.* FROM (SELECT DISTINCT ${target}, total_id FROM more) ask
    JOIN usage_sums s USING (${target})
),
parts AS (
  SELECT ${target}, total_id, part FROM more
  UNION SELECT ${target}, total_id, unnest(slots) FROM old
),
stored AS (
  INSERT INTO usage_sums (${target}, total_id, slots, figures)
  SELECT ${target}, total_id, array_agg(part ORDER BY part) FILTER (WHERE nth = 1), array_agg(figure ORDER BY part, nth)
  FROM (
    SELECT p.*, figure.nth, figure.value + coalesce(old.figures[${summed.length} * width_bucket(p.part, old.slots)
      + figure.nth - ${summed.length}], 0) AS figure
    FROM (
      SELECT ${target}, total_id, part, ${sums('', (column) => `sum(coalesce(${column}, 0)) OVER sofar AS ${column}`)}
      FROM parts LEFT JOIN more USING (${target}, total_id, part)
      WINDOW sofar AS (PARTITION BY ${target}, total_id ORDER BY part)
    ) p LEFT JOIN old USING (${target}, total_id)
      CROSS JOIN LATERAL (VALUES ${summed.map((column, nth) => `(${nth + 1}, p.${column})`).join(', ')}) figure(nth, value)
  ) merged GROUP BY ${target}, total_id
  ON CONFLICT (${target}) DO UPDATE SET slots = EXCLUDED.slots, figures = EXCLUDED.figures
  RETURNING 1
)`;

/** Cells of an org's month that are stored, to be taken off. @param of SQL condition on `g`, a group, and `s`, its sums */
export const storedCells = (of: string) => `UNION ALL
  SELECT g.org_id, g.kind, g.total, g.key, g.name, s.month, s.day, slot.part, ${between('s', (value) => `-${value}`)}
  FROM usage_groups g JOIN usage_sums s ON s.group_id = g.id CROSS JOIN LATERAL unnest(s.slots) slot(part)
    ${placesIn('s', 'slot.part', 'slot.part + 1')}
  WHERE ${of}`;
