import type { Statement } from '../../db/database.js';
import { claimedColumns, claimedRun } from './claimed-run.js';

/**
 * Runs that runners were given and do not know of, since the answer was lost. They go on where the attempt began, also
 * when it has written something: that is then the same, or is found to be another.
 * $1 org, $2 tokens, $3 lease in ms. Rows: a TakenRun each.
 */
export const giveAgain: Statement = {
  name: 'give-again',
  text: `
WITH again AS (
  UPDATE runs r SET lease_expires_at = now() + $3 * interval '1 ms'
  WHERE org_id = $1 AND status = 'CLAIMED' AND attempt_token = ANY ($2::text[])
  RETURNING ${claimedColumns}, queue_priority, queue_order
)
SELECT ${claimedRun}, (SELECT first_seq - 1 FROM attempts WHERE run_id = r.id AND number = r.attempt) AS "lastSeq"
FROM again r ORDER BY r.queue_priority DESC, r.queue_order`,
};
