import type { Statement } from '../../db/database.js';

/**
 * Renews every lease that a runner says it holds, and tells which it no longer does. A lost run whose runner came
 * back may go on, as long as nobody else works in its thread.
 * $1 runner, $2 run ids, $3 tokens, $4 lease in ms, $5 org. Rows: { run_id }, the stale ones.
 */
export const renewLeases: Statement = {
  name: 'renew-leases',
  text: `
WITH held AS (
  SELECT * FROM unnest($2::text[], $3::text[]) AS held(run_id, token) LIMIT cardinality($2) -- db/plan-once.ts
),
renewed AS (
  UPDATE runs r SET lease_expires_at = now() + $4 * interval '1 ms'
  FROM held
  WHERE r.id = held.run_id AND r.attempt_token = held.token AND r.runner_id = $1 AND r.org_id = $5
    AND r.status IN ('CLAIMED', 'RUNNING')
  RETURNING r.id
)
SELECT held.run_id FROM held
WHERE held.run_id NOT IN (SELECT id FROM renewed)
  AND NOT EXISTS (
    SELECT FROM attempts a JOIN runs r ON r.id = a.run_id
    WHERE a.token = held.token AND a.run_id = held.run_id AND a.runner_id = $1 AND r.org_id = $5 AND a.number = r.attempt
      AND (a.outcome = 'finished' OR (a.outcome = 'lost' AND NOT EXISTS (
        SELECT FROM runs other WHERE other.thread_id = r.thread_id AND other.status IN ('CLAIMED', 'RUNNING')))))`,
};
