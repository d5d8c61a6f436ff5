import type { Statement } from '../../db/database.js';

/** $1 org. Row: { from }, an empty text where nothing is known. */
export const runsFromOf: Statement = {
  name: 'runs-from-of-org',
  text: `SELECT COALESCE(runs_from, '') AS "from" FROM orgs WHERE id = $1`,
};

/** Of each org. Rows: { id, from }, as above. */
export const allRunsFrom: Statement = {
  name: 'runs-from-of-all',
  text: `SELECT id, COALESCE(runs_from, '') AS "from" FROM orgs ORDER BY id`,
};

/**
 * Moves it over some runs that were deleted. $1 org, $2 from where, $3 up to where, $4 most runs looked at.
 * Row: { from, more }, where it is then, and whether runs after that may be deleted too.
 */
export const moveRunsFrom: Statement = {
  name: 'move-runs-from',
  text: `
WITH looked AS (
  SELECT id, deleted_at IS NULL AS here FROM runs WHERE org_id = $1 AND id >= $2 AND id < $3 ORDER BY id LIMIT $4
),
found AS (
  SELECT min(id) FILTER (WHERE here) AS here, max(id) AS last, count(*) >= $4 AS full FROM looked
),
next AS (
  SELECT GREATEST($2, CASE WHEN here IS NOT NULL THEN here WHEN "full" THEN last ELSE $3 END) AS "from",
    here IS NULL AND "full" AND last > $2 AS more FROM found
),
moved AS (
  UPDATE orgs SET runs_from = next."from" FROM next WHERE id = $1 AND COALESCE(runs_from, '') < next."from"
)
SELECT "from", more FROM next`,
};
