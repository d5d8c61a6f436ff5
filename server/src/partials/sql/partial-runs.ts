import type { Statement } from '../../db/database.js';

/**
 * Whether attempts still hold their runs, and whether anybody watches those.
 * Arrays: $1 runs, $2 orgs, $3 tokens, $4 the runners that ask, or null. Rows: an AskedRun for each run that its org, and
 * its runner, has.
 */
export const askRuns: Statement = {
  name: 'ask-partial-runs',
  text: `
SELECT ask.place::int AS place, r.attempt,
  r.attempt_token = ask.token AND r.status IN ('CLAIMED', 'RUNNING') AS held,
  COALESCE(r.watched_until > now(), false) AS watched
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
  AS ask(run_id, org_id, token, by_runner, place)
CROSS JOIN LATERAL (
  SELECT attempt, attempt_token, status, watched_until FROM runs
  WHERE id = ask.run_id AND org_id IS NOT DISTINCT FROM ask.org_id
    AND (ask.by_runner IS NULL OR runner_id = ask.by_runner) OFFSET 0
) r`,
};
export interface AskedRun {
  place: number;
  attempt: number;
  held: boolean;
  watched: boolean;
}

/**
 * Notes that somebody watches runs, for a while. In order of id, as everybody locks several of them.
 * $1 runs, $2 for how many ms. Rows: a WatchedRun for each that has not ended.
 */
export const watchRuns: Statement = {
  name: 'watch-runs',
  text: `
WITH before AS (
  SELECT id, COALESCE(watched_until > now(), false) AS already FROM runs
  WHERE id = ANY ($1::text[]) AND status IN ('QUEUED', 'CLAIMED', 'RUNNING') ORDER BY id FOR NO KEY UPDATE
)
UPDATE runs r SET watched_until = now() + $2 * interval '1 ms' FROM before WHERE r.id = before.id
RETURNING r.runner_id AS "runnerId", before.already`,
};
export interface WatchedRun {
  runnerId: string | null;
  /** It was watched before. */
  already: boolean;
}
