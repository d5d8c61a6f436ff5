import type { Statement } from '../../db/database.js';

/**
 * Ends a run, once, when its log is complete and the attempt still holds it; a lost run that came back is
 * corrected. No row comes back when one of that is not so.
 * $1 run, $2 org, $3 token, $4 last seq, $5 checksum, $6 status, $7 failure code, $8 failure message, $9 session,
 * $10 result, $11 turns, $12 cost in USD, $13 usage. Row: the run, and whether follow-ups wait in its thread.
 */
export const finishRun: Statement = {
  name: 'finish-run',
  text: `
WITH held AS (
  SELECT r.id, a.token FROM runs r JOIN attempts a ON a.run_id = r.id AND a.number = r.attempt
  WHERE r.id = $1 AND r.org_id = $2 AND a.token = $3 AND (a.outcome IS NULL OR a.outcome = 'lost')
    AND r.last_seq = $4 AND a.log_checksum = $5
  FOR UPDATE OF r, a
),
ended AS (
  UPDATE attempts a SET outcome = 'finished', ended_at = now() FROM held WHERE a.token = held.token
),
done AS (
  UPDATE runs r SET
    status = $6::"RunStatus", failure_code = $7, failure_message = $8,
    agent_session_id = COALESCE($9, r.agent_session_id), result = $10, num_turns = $11, cost_usd = $12,
    usage = $13::jsonb, finished_at = now(), lease_expires_at = NULL, stalled_at = NULL
  FROM held WHERE r.id = held.id
  RETURNING r.*
)
SELECT done.*, EXISTS (
  SELECT FROM runs w WHERE w.thread_id = done.thread_id AND w.status = 'QUEUED' AND NOT w.ready
) AS others_wait
FROM done`,
};

/** How an attempt stands with its run: to say why a call with its token was refused. $1 run, $2 org, $3 token. */
export const inspectAttempt: Statement = {
  name: 'inspect-attempt',
  text: `
SELECT r.last_seq, r.attempt, a.number, a.outcome, a.first_seq, a.log_checksum
FROM runs r LEFT JOIN attempts a ON a.run_id = r.id AND a.token = $3
WHERE r.id = $1 AND r.org_id = $2`,
};
export interface InspectedAttempt {
  last_seq: number;
  attempt: number;
  /** These are null when the token is not of this run. */
  number: number | null;
  outcome: 'finished' | 'requeued' | 'lost' | 'revoked' | null;
  first_seq: number | null;
  log_checksum: number | null;
}

/** CLAIMED → RUNNING, once; also answers when it was done before. $1 run, $2 org, $3 token, $4 lease in ms. */
export const startRun: Statement = {
  name: 'start-run',
  text: `
WITH started AS (
  UPDATE runs SET status = 'RUNNING', started_at = COALESCE(started_at, now()),
    lease_expires_at = now() + $4 * interval '1 ms'
  WHERE id = $1 AND org_id = $2 AND attempt_token = $3 AND status IN ('CLAIMED', 'RUNNING')
  RETURNING id
)
UPDATE attempts a SET started_at = COALESCE(a.started_at, now()) FROM started WHERE a.token = $3
RETURNING a.run_id`,
};
