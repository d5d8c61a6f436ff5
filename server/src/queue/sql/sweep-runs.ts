import type { Statement } from '../../db/database.js';
import { threadIsBusy } from './advance-thread.js';

/** Most runs of one sweeping statement: when it was that many, there may be more. */
export const mostSwept = 500;

/**
 * Runs whose runner has not been heard of them until their lease ran out, or has said that it no longer has them. One that
 * never started goes back to the queue, as does one that has attempts left: its runner stops before the lease ends. Any
 * other one that runs is out of reach (`lost_at`) and goes on, until its grace is over or its runner says that it is gone.
 * Any server may sweep: each run changes once.
 *
 * What a runner does not say while no server is there is not silence: servers note here that they sweep, as long as
 * there is something to lose, and after a pause of a third of a lease everything that a runner has to do in time counts
 * from the end of that pause.
 *
 * A runner says that it no longer has a session when it ends and does not name it, or when it names all that it has, a
 * whole lease after it last named this one (a request from before would have to be as late as that), or when people
 * say so, by deleting it.
 *
 * A runner may renew its leases for ever and never come to an end, or to a start: what is overdue ends without it.
 * $1 how much longer than its limit a session may take, $2 how long a runner may take to start or to cancel one,
 * $3 the limit of one without, $4 lease, $5 grace, all in ms. Rows: a SweptRun each.
 */
export const sweepLeases: Statement = {
  name: 'sweep-leases',
  text: `
WITH here AS (
  INSERT INTO sweeping AS s (id, swept_at, resumed_at)
  SELECT 1, now(), 'epoch' WHERE EXISTS (SELECT FROM runs WHERE status IN ('CLAIMED', 'RUNNING'))
  ON CONFLICT (id) DO UPDATE SET swept_at = now(),
    resumed_at = CASE WHEN s.swept_at < now() - $4 * interval '1 ms' / 3 THEN now() ELSE s.resumed_at END
  RETURNING resumed_at
),
lost AS (
  SELECT r.id, r.attempt, r.attempt_token, r.runner_id, r.attempt_first_seq, r.log_checksum, r.claimed_at, r.started_at,
    is_now.gone, NOT (is_now.gone OR is_now.silent) AS overdue,
    CASE
      WHEN r.status = 'RUNNING' AND is_now.silent AND NOT (is_now.gone OR is_now.given_up OR mine.may_run_again) THEN 'RUNNING'
      WHEN r.cancel_requested_at IS NOT NULL THEN 'CANCELLED'
      WHEN r.status = 'CLAIMED' OR ((is_now.gone OR is_now.silent) AND mine.may_run_again) THEN 'QUEUED'
      ELSE 'FAILED'
    END::"RunStatus" AS after,
    CASE WHEN r.status = 'CLAIMED' THEN 'requeued' ELSE 'lost' END AS outcome
  FROM here CROSS JOIN runs r JOIN runners m ON m.id = r.runner_id
    CROSS JOIN LATERAL (
      SELECT r.attempts_started < r.max_attempts AS may_run_again,
        r.lease_expires_at - $4 * interval '1 ms' AS renewed_at,
        GREATEST(r.lease_expires_at, here.resumed_at + $4 * interval '1 ms') AS lease_ends,
        GREATEST(r.back_at, here.resumed_at) AS since
    ) mine CROSS JOIN LATERAL (
      SELECT mine.lease_ends < now() AS silent,
        mine.lease_ends + $5 * interval '1 ms' < now() AS given_up,
        COALESCE(m.left_at > mine.renewed_at AND m.told_at >= m.left_at, false)
          OR COALESCE(m.told_at > r.lease_expires_at AND mine.lease_ends < now(), false)
          OR (m.deleted_at IS NOT NULL AND r.lost_at IS NOT NULL) AS gone
    ) is_now
  WHERE r.status IN ('CLAIMED', 'RUNNING') AND (
    is_now.gone OR is_now.given_up OR (is_now.silent AND r.lost_at IS NULL)
    OR (NOT is_now.silent AND (
      (r.cancel_requested_at IS NOT NULL AND GREATEST(r.cancel_requested_at, mine.since) < now() - $2 * interval '1 ms')
      OR (r.status = 'CLAIMED' AND GREATEST(r.claimed_at, mine.since) < now() - $2 * interval '1 ms')
      OR (r.status = 'RUNNING' AND GREATEST(mine.since, r.started_at
        + COALESCE(r.timeout_sec * interval '1 s', $3 * interval '1 ms')) < now() - $1 * interval '1 ms'))))
  ORDER BY r.lease_expires_at LIMIT ${mostSwept}
  FOR UPDATE OF r SKIP LOCKED
),
given_up AS (
  INSERT INTO attempts (token, run_id, number, runner_id, first_seq, log_checksum, claimed_at, started_at, ended_at, outcome)
  SELECT attempt_token, id, attempt, runner_id, attempt_first_seq, log_checksum, claimed_at, started_at, now(), outcome
  FROM lost WHERE after = 'QUEUED'
)
UPDATE runs r SET
  status = lost.after,
  attempt_outcome = CASE WHEN lost.after <> 'RUNNING' THEN lost.outcome END,
  lease_expires_at = CASE WHEN lost.after = 'RUNNING' THEN r.lease_expires_at END,
  lost_at = CASE WHEN lost.after = 'RUNNING' THEN GREATEST(r.started_at, r.lease_expires_at - $4 * interval '1 ms') END,
  back_at = CASE WHEN lost.after = 'RUNNING' THEN r.back_at END,
  stalled_at = CASE WHEN lost.after = 'RUNNING' THEN r.stalled_at END,
  runner_id = CASE WHEN lost.after = 'QUEUED' AND NOT r.pinned THEN NULL ELSE r.runner_id END,
  queued_at = CASE WHEN lost.after = 'QUEUED' THEN now() ELSE r.queued_at END,
  finished_at = CASE WHEN lost.after NOT IN ('QUEUED', 'RUNNING') THEN now() END,
  claimed_at = CASE WHEN lost.after = 'QUEUED' THEN NULL ELSE r.claimed_at END,
  started_at = CASE WHEN lost.after = 'QUEUED' THEN NULL ELSE r.started_at END,
  failure_code = CASE WHEN lost.after = 'FAILED' THEN CASE WHEN lost.overdue THEN 'timed_out' ELSE 'runner_lost' END END,
  failure_message = CASE WHEN lost.after = 'FAILED' THEN CASE
    WHEN lost.overdue THEN 'The session passed its time limit, and its runner did not say that it has ended.'
    WHEN lost.gone THEN 'The runner no longer has the session, and did not say how it ended.'
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
  /** RUNNING: it is out of reach now. */
  status: 'QUEUED' | 'RUNNING' | 'FAILED' | 'CANCELLED';
}
