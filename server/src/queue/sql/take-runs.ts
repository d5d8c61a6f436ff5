import type { ClaimedRun } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { notAwaited } from '../../db/not-awaited.js';

/** What a runner is told of a run that it claimed. */
const claimedRun = `
  r.runner_id AS "runnerId", r.id, r.attempt_token AS token, r.attempt, r.thread_id AS "threadId", r.input, r.cwd,
  r.shared_cwd AS "sharedCwd", r.permission_mode AS "permissionMode", r.model, (
    SELECT parent.agent_session_id FROM runs parent WHERE parent.id = r.parent_run_id
  ) AS "resumeSessionId",
  r.timeout_sec AS "timeoutSec", r.stall_sec AS "stallSec", r.approval_sec AS "approvalSec", r.max_turns AS "maxTurns",
  r.max_budget_usd AS "maxBudgetUsd", r.lease_expires_at AS "leaseExpiresAt",
  r.max_attempts > 1 AND r.max_attempts > 1 + (
    SELECT count(*) FROM attempts earlier WHERE earlier.run_id = r.id AND earlier.started_at IS NOT NULL
  ) AS "mayRunAgain",
  1000 * extract(epoch FROM r.claimed_at - r.created_at)::float8 AS "waitedMs"`;

export interface TakenRun extends Omit<ClaimedRun, 'leaseExpiresAt'> {
  runnerId: string;
  leaseExpiresAt: Date;
  /** Since it was posted. */
  waitedMs: number;
}

/**
 * The claim: gives runs to runners, each run once, in one statement whoever else claims at the same time. Of what
 * the pairs ask for it does what is right at this moment: the run is still queued and the runner may take it, no
 * other session of the runner works in its directory (unless both share it), neither the runner nor the org passes
 * its limit. What two claims at once could still get wrong, the unique indexes runs_one_active_in_thread and
 * runs_one_active_in_directory refuse (23505): look again.
 *
 * The disk is not waited for: a claim that a crash of the database forgets is a run that never started, for the
 * start is waited for and makes everything before it durable too.
 *
 * $1 org, then arrays of pairs in order of the queue: $2 runs, $3 runners, $4 tokens; $5 lease in ms.
 * Rows: a TakenRun for each pair that was right.
 */
export const takeRuns: Statement = {
  name: 'take-runs',
  text: `
WITH ${notAwaited},
pairs AS (
  SELECT * FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS pair(run_id, runner_id, token, place)
  LIMIT cardinality($2) -- db/plan-once.ts
),
runner AS MATERIALIZED (
  SELECT r.id, r.max_concurrent_runs - (
    SELECT count(*) FROM runs a
    WHERE a.org_id = $1 AND a.runner_id = r.id AND a.status IN ('CLAIMED', 'RUNNING')) AS slots
  FROM (SELECT DISTINCT runner_id FROM pairs) asked CROSS JOIN LATERAL (
    SELECT * FROM runners r
    WHERE r.id = asked.runner_id AND r.org_id IS NOT DISTINCT FROM $1 AND r.deleted_at IS NULL AND r.paused_at IS NULL
    OFFSET 0
  ) r
),
locked AS (
  SELECT q.id, runner.slots, pairs.runner_id, pairs.token, pairs.place
  FROM pairs JOIN runner ON runner.id = pairs.runner_id JOIN runs q ON q.id = pairs.run_id
  WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready AND (NOT q.pinned OR q.runner_id = pairs.runner_id)
    AND NOT EXISTS (
      SELECT FROM runs a
      WHERE a.org_id = $1 AND a.runner_id = pairs.runner_id AND a.status IN ('CLAIMED', 'RUNNING')
        AND a.cwd_key = q.cwd_key AND NOT (a.shared_cwd AND q.shared_cwd) OFFSET 0)
  FOR NO KEY UPDATE OF q SKIP LOCKED
),
counted AS (
  SELECT *, row_number() OVER (PARTITION BY runner_id ORDER BY place) AS of_runner,
    row_number() OVER (ORDER BY place) AS of_org
  FROM locked
),
claimed AS (
  UPDATE runs r SET
    status = 'CLAIMED', runner_id = counted.runner_id, attempt = r.attempt + 1, attempt_token = counted.token,
    lease_expires_at = now() + $5 * interval '1 ms', claimed_at = now()
  FROM counted
  WHERE r.id = counted.id AND counted.of_runner <= counted.slots AND counted.of_org <= (
    SELECT CASE WHEN o.max_concurrent_runs IS NULL THEN 2147483647 ELSE o.max_concurrent_runs - (
      SELECT count(*) FROM runs a WHERE a.org_id = $1 AND a.status IN ('CLAIMED', 'RUNNING')) END
    FROM orgs o WHERE o.id = $1)
  RETURNING r.*
),
attempted AS (
  INSERT INTO attempts (token, run_id, number, runner_id, first_seq)
  SELECT attempt_token, id, attempt, runner_id, last_seq + 1 FROM claimed
)
SELECT ${claimedRun}, r.last_seq AS "lastSeq" FROM claimed r, not_awaited ORDER BY r.queue_priority DESC, r.queue_order`,
};

/**
 * Runs that runners were given and do not know of, since the answer was lost. They go on where the attempt began, also
 * when it has written something: that is then the same, or is found to be another. $1 org, $2 tokens, $3 lease in ms.
 */
export const giveAgain: Statement = {
  name: 'give-again',
  text: `
WITH again AS (
  UPDATE runs SET lease_expires_at = now() + $3 * interval '1 ms'
  WHERE org_id = $1 AND status = 'CLAIMED' AND attempt_token = ANY ($2::text[])
  RETURNING *
)
SELECT ${claimedRun}, (SELECT first_seq - 1 FROM attempts WHERE token = r.attempt_token) AS "lastSeq"
FROM again r ORDER BY r.queue_priority DESC, r.queue_order`,
};

/** Takes turns on the claims of an org that has a limit, so that together they never pass it. $1 org. */
export const lockOrg: Statement = {
  name: 'lock-org',
  text: 'SELECT id FROM orgs WHERE id = $1 FOR NO KEY UPDATE',
};
