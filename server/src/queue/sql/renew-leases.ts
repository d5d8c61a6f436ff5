import type { Statement } from '../../db/database.js';
import { notAwaited } from '../../db/not-awaited.js';
import { attemptIsOf } from './attempt-is-of.js';

/** Most leases that one request may name: a list of so many may have been cut. */
export const mostLeases = 256;

/**
 * Of a row of runs that is heard of again: it is back if it was out of reach.
 * @param was how the statement calls the row as it was
 */
export const backInReach = (was: string) => `lost_at = NULL,
    back_at = CASE WHEN ${was}.lost_at IS NULL THEN ${was}.back_at ELSE now() END`;

/**
 * `renewed` (run_id, back): the leases that a runner says it holds and does, and whether the run was out of reach. Parts
 * of a WITH that begins with `notAwaited`: a renewal that a crash of the database forgets was one of several within its
 * lease.
 * Arrays in order of the run's id, so that two requests never wait for one another: $2 runs, $3 tokens; $1 runner,
 * $4 lease in ms, $5 org.
 * @param only SQL after the FROM, which holds the renewal to a condition
 */
export const renewedLeases = (only = '') => `held AS (
  SELECT * FROM unnest($2::text[], $3::text[]) AS held(run_id, token) LIMIT cardinality($2) -- db/plan-once.ts
),
locked AS (
  SELECT r.* FROM held ${only} CROSS JOIN LATERAL (
    SELECT r.id, r.lost_at, r.back_at FROM runs r
    WHERE r.id = held.run_id AND r.attempt_token = held.token AND r.runner_id = $1 AND r.org_id IS NOT DISTINCT FROM $5
      AND r.status IN ('CLAIMED', 'RUNNING')
    FOR NO KEY UPDATE
  ) r
),
renewed AS (
  UPDATE runs r SET lease_expires_at = now() + $4 * interval '1 ms', ${backInReach('locked')}
  FROM locked, not_awaited WHERE r.id = locked.id
  RETURNING r.id AS run_id, locked.lost_at IS NOT NULL AS back
)`;

/** Renews leases, see renewedLeases. Rows: { run_id, back }, the renewed ones. */
export const renewLeases: Statement = {
  name: 'renew-leases',
  text: `WITH ${notAwaited}, ${renewedLeases()} SELECT run_id, back FROM renewed`,
};

/**
 * Which attempts that could not be renewed are to be stopped: not those that have finished, nor a lost one whose
 * runner came back, as long as nobody else works in its thread. A statement of its own: what was renewed was decided
 * behind the locks of others, who may just have ended the attempt, and only a later look sees what they did.
 * $1 runner, $2 runs, $3 tokens, $4 org. Rows: StaleRows.
 */
export const staleLeases: Statement = {
  name: 'stale-leases',
  text: `
SELECT held.run_id, NOT EXISTS (SELECT FROM runs r WHERE r.id = held.run_id AND r.org_id = $4 AND (
  r.attempt_token = held.token OR r.deleted_at IS NOT NULL
  OR EXISTS (SELECT FROM attempts a WHERE a.run_id = r.id AND a.token = held.token)
)) AS unknown, EXISTS (
  SELECT FROM runs r WHERE r.id = held.run_id AND r.org_id = $4 AND r.deleted_at IS NOT NULL
) AS deleted
FROM (SELECT * FROM unnest($2::text[], $3::text[]) AS held(run_id, token) LIMIT cardinality($2)) held -- db/plan-once.ts
WHERE NOT EXISTS (
  SELECT FROM runs r
  WHERE r.id = held.run_id AND r.attempt_token = held.token AND r.org_id = $4
    AND ${attemptIsOf('r', '$1')}
    AND (r.attempt_outcome IS NULL OR r.attempt_outcome = 'finished' OR (r.attempt_outcome = 'lost' AND NOT EXISTS (
      SELECT FROM runs other WHERE other.thread_id = r.thread_id AND other.status IN ('CLAIMED', 'RUNNING')))))`,
};
export interface StaleRow {
  run_id: string;
  /** No such attempt was ever given out, as far as this database knows. */
  unknown: boolean;
  /** People deleted the run. */
  deleted: boolean;
}
