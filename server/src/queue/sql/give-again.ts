import type { Statement } from '../../db/database.js';
import { claimedColumns, claimedRun } from './claimed-run.js';

/**
 * Runs that runners were given and do not know of, since the answer was lost. They go on where the attempt began, also
 * when it has written something: that is then the same, or is found to be another.
 * Arrays in order of the run's id, so that two requests never wait for one another: $2 runs, $3 tokens; $1 org,
 * $4 lease in ms. Rows: a TakenRun each.
 */
export const giveAgain: Statement = {
  name: 'give-again',
  text: `
WITH lost AS (
  SELECT * FROM unnest($2::text[], $3::text[]) AS lost(run_id, token) LIMIT cardinality($2) -- db/plan-once.ts
),
locked AS (
  SELECT r.id FROM lost CROSS JOIN LATERAL (
    SELECT r.id FROM runs r
    WHERE r.id = lost.run_id AND r.attempt_token = lost.token AND r.org_id IS NOT DISTINCT FROM $1
      AND r.status = 'CLAIMED'
    FOR NO KEY UPDATE
  ) r
),
again AS (
  UPDATE runs r SET lease_expires_at = now() + $4 * interval '1 ms' FROM locked WHERE r.id = locked.id
  RETURNING ${claimedColumns}, r.queue_priority, r.queue_order
)
SELECT ${claimedRun}
FROM again r ORDER BY r.queue_priority DESC, r.queue_order`,
};
