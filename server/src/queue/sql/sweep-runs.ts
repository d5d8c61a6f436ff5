import type { Statement } from '../../db/database.js';
import { threadIsBusy } from './advance-thread.js';

/** Most runs of one sweeping statement: when it was that many, there may be more. */
export const mostSwept = 500;

/**
 * Runs whose lease ran out. One that never started goes back to the queue; one that had started fails, unless
 * attempts are left; one that was to be cancelled is cancelled. Any server may sweep: each run changes once.
 *
 * A runner may renew its leases for ever and never come to an end, or to a start: what is overdue ends without it.
 * $1 how much longer than its limit a session may take, $2 how long a runner may take to start or to cancel one, and
 * $3 the limit of one without, all in ms. Rows: a SweptRun each.
 */
export const sweepLeases: Statement = {
  name: 'sweep-leases',
  text: `
WITH lost AS (
  SELECT r.id, r.attempt, r.attempt_token, r.runner_id, r.attempt_first_seq, r.log_checksum, r.claimed_at, r.started_at,
    r.lease_expires_at >= now() AND r.status = 'RUNNING' AS overdue,
    CASE
      WHEN r.cancel_requested_at IS NOT NULL THEN 'CANCELLED'
      WHEN r.status = 'CLAIMED' THEN 'QUEUED'
      WHEN r.lease_expires_at < now() AND r.attempts_started < r.max_attempts THEN 'QUEUED'
      ELSE 'FAILED'
    END::"RunStatus" AS after,
    CASE WHEN r.status = 'CLAIMED' THEN 'requeued' ELSE 'lost' END AS outcome
  FROM runs r
  WHERE r.status IN ('CLAIMED', 'RUNNING') AND (
    r.lease_expires_at < now()
    OR r.cancel_requested_at < now() - $2 * interval '1 ms'
    OR (r.status = 'CLAIMED' AND r.claimed_at < now() - $2 * interval '1 ms')
    OR (r.status = 'RUNNING' AND r.started_at
      + COALESCE(r.timeout_sec * interval '1 s', $3 * interval '1 ms') + $1 * interval '1 ms' < now()))
  ORDER BY r.lease_expires_at LIMIT ${mostSwept}
  FOR UPDATE SKIP LOCKED
),
given_up AS (
  INSERT INTO attempts (token, run_id, number, runner_id, first_seq, log_checksum, claimed_at, started_at, ended_at, outcome)
  SELECT attempt_token, id, attempt, runner_id, attempt_first_seq, log_checksum, claimed_at, started_at, now(), outcome
  FROM lost WHERE after = 'QUEUED'
)
UPDATE runs r SET
  status = lost.after, attempt_outcome = lost.outcome, lease_expires_at = NULL, stalled_at = NULL,
  runner_id = CASE WHEN lost.after = 'QUEUED' AND NOT r.pinned THEN NULL ELSE r.runner_id END,
  queued_at = CASE WHEN lost.after = 'QUEUED' THEN now() ELSE r.queued_at END,
  finished_at = CASE WHEN lost.after = 'QUEUED' THEN NULL ELSE now() END,
  claimed_at = CASE WHEN lost.after = 'QUEUED' THEN NULL ELSE r.claimed_at END,
  started_at = CASE WHEN lost.after = 'QUEUED' THEN NULL ELSE r.started_at END,
  failure_code = CASE WHEN lost.after = 'FAILED' THEN CASE WHEN lost.overdue THEN 'timed_out' ELSE 'runner_lost' END END,
  failure_message = CASE WHEN lost.after = 'FAILED' THEN CASE
    WHEN lost.overdue THEN 'The session passed its time limit, and its runner did not say that it has ended.'
    ELSE 'The runner stopped answering while the session ran. If it comes back, the log is completed.' END END
FROM lost WHERE r.id = lost.id
RETURNING r.id, r.org_id, r.thread_id, r.runner_id, r.status`,
};

/** Runs past their time to live in the queue; one that waits for its thread is not there yet. Rows as above. */
export const sweepExpired: Statement = {
  name: 'sweep-expired',
  text: `
WITH expired AS (
  SELECT id FROM runs
  WHERE status = 'QUEUED' AND ready AND queue_ttl_sec IS NOT NULL
    AND queued_at + queue_ttl_sec * interval '1 s' < now()
  ORDER BY queued_at LIMIT ${mostSwept}
  FOR UPDATE SKIP LOCKED
)
UPDATE runs r SET status = 'FAILED', finished_at = now(), failure_code = 'queue_expired',
  failure_message = 'No runner took the run within its time to live of ' || r.queue_ttl_sec || ' seconds.'
FROM expired WHERE r.id = expired.id
RETURNING r.id, r.org_id, r.thread_id, r.runner_id, r.status`,
};

/**
 * Lets runs go first that have waited long behind more important ones, oldest first, so that none starves.
 * $1 how long, in ms. Rows: { org_id }.
 */
export const promoteAged: Statement = {
  name: 'promote-aged',
  text: `
WITH aged AS (
  SELECT q.id FROM orgs o CROSS JOIN LATERAL (
    SELECT q.queue_priority FROM runs q WHERE q.org_id = o.id AND q.status = 'QUEUED'
    ORDER BY q.queue_priority DESC LIMIT 1
  ) top CROSS JOIN LATERAL (
    SELECT q.id FROM runs q
    WHERE q.org_id = o.id AND q.status = 'QUEUED' AND q.queue_priority < top.queue_priority
      AND q.created_at < now() - $1 * interval '1 ms'
    ORDER BY q.queue_priority DESC, q.queue_order LIMIT 500
    FOR UPDATE SKIP LOCKED
  ) q
)
UPDATE runs SET queue_priority = 2147483647 FROM aged WHERE runs.id = aged.id
RETURNING runs.org_id`,
};

/** Threads with a follow-up that nothing holds back any more: a server died before it said so. Rows: { thread_id }. */
export const stuckThreads: Statement = {
  name: 'stuck-threads',
  text: `
SELECT DISTINCT w.thread_id FROM runs w
WHERE w.status = 'QUEUED' AND NOT w.ready
  AND NOT ${threadIsBusy('w.thread_id')}
LIMIT 500`,
};

export interface SweptRun {
  id: string;
  org_id: string;
  thread_id: string;
  runner_id: string | null;
  status: 'QUEUED' | 'FAILED' | 'CANCELLED';
}
