import type { FinishedRun, RunStatus } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { attemptMayBeOf } from './attempt-is-of.js';
import { backInReach } from './renew-leases.js';

/**
 * Ends runs, each once, when its log is complete and the attempt still holds it; a lost run that came back is
 * corrected. No row comes back of one of which that is not so.
 * Arrays in order of the run's id, so that two servers never wait for one another: $1 runs, $2 orgs, $3 tokens,
 * $4 last seqs, $5 checksums, $6 statuses, $7 failure codes, $8 failure messages, $9 sessions, $10 results,
 * $11 turns, $12 costs in USD, $13 usages, $14 when a usage limit ends, $15 the runners that say so, or null. Rows: a FinishedRow each.
 */
export const finishRuns: Statement = {
  name: 'finish-runs',
  text: `
WITH finish AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::int[], $12::float8[], $13::text[], $14::timestamptz[], $15::text[]) WITH ORDINALITY AS finish(run_id, org_id,
    token, last_seq, checksum, status, failure_code, failure_message, agent_session_id, result, num_turns, cost_usd, usage,
    failure_resets_at, by_runner, place)
  LIMIT cardinality($1) -- db/plan-once.ts
),
done AS (
  -- One by one through an index, in the order of the arrays: queue/lock-order.test.ts, db/plan-once.test.ts.
  UPDATE runs r SET
    status = finish.status::"RunStatus", failure_code = finish.failure_code, failure_message = finish.failure_message,
    failure_resets_at = finish.failure_resets_at,
    -- A session that is not there is none to resume, whatever name the runner heard first.
    agent_session_id = CASE WHEN finish.failure_code IS DISTINCT FROM 'session_not_found'
      THEN COALESCE(finish.agent_session_id, r.agent_session_id) END,
    result = finish.result,
    num_turns = finish.num_turns, cost_usd = finish.cost_usd, usage = finish.usage::jsonb, finished_at = now(),
    attempt_outcome = 'finished', lease_expires_at = NULL, stalled_at = NULL, lost_at = NULL
  FROM finish
  WHERE r.id = finish.run_id AND r.org_id IS NOT DISTINCT FROM finish.org_id AND r.attempt_token = finish.token
    AND (r.attempt_outcome IS NULL OR r.attempt_outcome = 'lost')
    AND r.last_seq = finish.last_seq AND r.log_checksum = finish.checksum
    AND ${attemptMayBeOf('r', 'finish.by_runner')}
  RETURNING r.id, r.attempt_token, r.status, r.thread_id, r.runner_id, r.attempt, r.parent_run_id
)
SELECT done.id, done.attempt_token AS token, done.status, done.thread_id AS "threadId", done.runner_id AS "runnerId", EXISTS (
  SELECT FROM runs w WHERE w.thread_id = done.thread_id AND w.status = 'QUEUED' AND NOT w.ready
) AS "othersWait", done.attempt > 1 OR done.parent_run_id IS NOT NULL AS "hadBefore"
FROM done`,
};
export interface FinishedRow extends FinishedRun {
  token: string;
  threadId: string;
  runnerId: string;
  /** Whether follow-ups wait in its thread. */
  othersWait: boolean;
  /** Whether another attempt, or another run of its thread, may have used something before it. */
  hadBefore: boolean;
}

/**
 * How an attempt stands with its run: to say why a call with its token was refused. $1 run, $2 org, $3 token, $4 the runner
 * that called, or null. No row when that has never had an attempt of the run; of one that was deleted nobody knows who had.
 */
export const inspectAttempt: Statement = {
  name: 'inspect-attempt',
  text: `
SELECT status, last_seq, attempt_token IS NOT DISTINCT FROM $3 AS current, attempt_outcome AS outcome,
  attempt_first_seq AS first_seq, log_checksum, deleted_at IS NOT NULL AS deleted
FROM runs WHERE id = $1 AND org_id = $2 AND ($4::text IS NULL OR runner_id = $4 OR deleted_at IS NOT NULL
  OR EXISTS (SELECT FROM attempts a WHERE a.run_id = runs.id AND a.runner_id = $4))`,
};
export interface InspectedAttempt {
  status: RunStatus;
  last_seq: number;
  /** Whether it is the attempt that the run is at; the rest is about that one. */
  current: boolean;
  outcome: 'finished' | 'requeued' | 'lost' | 'revoked' | null;
  first_seq: number;
  log_checksum: number;
  /** People deleted the run: nothing of it is to be kept. */
  deleted: boolean;
}

const unwanted = `(status = 'CLAIMED' AND cancel_requested_at IS NOT NULL)`;

/**
 * CLAIMED → RUNNING, once; also answers when it was done before. One that was to be cancelled meanwhile is cancelled
 * instead, wherever the word about it is: a runner may have met the command before it met the run.
 * $1 run, $2 org, $3 token, $4 lease in ms, $5 the runner that says so, or null. Rows: a StartedRow.
 */
export const startRun: Statement = {
  name: 'start-run',
  text: `
UPDATE runs SET
  status = CASE WHEN ${unwanted} THEN 'CANCELLED'::"RunStatus" ELSE 'RUNNING' END,
  attempt_outcome = CASE WHEN ${unwanted} THEN 'revoked' END,
  attempts_started = attempts_started + CASE WHEN status = 'CLAIMED' AND NOT ${unwanted} THEN 1 ELSE 0 END,
  started_at = CASE WHEN NOT ${unwanted} THEN COALESCE(started_at, now()) END,
  finished_at = CASE WHEN ${unwanted} THEN now() END,
  lease_expires_at = CASE WHEN NOT ${unwanted} THEN now() + $4 * interval '1 ms' END, ${backInReach('runs')},
  approvals_waiting = CASE WHEN status = 'RUNNING' THEN approvals_waiting ELSE 0 END
WHERE id = $1 AND org_id IS NOT DISTINCT FROM $2 AND attempt_token = $3 AND status IN ('CLAIMED', 'RUNNING')
  AND ($5::text IS NULL OR runner_id = $5)
RETURNING status = 'CANCELLED' AS unwanted, thread_id AS "threadId", runner_id AS "runnerId", now() AS "serverTime"`,
};
export interface StartedRow {
  /** It was cancelled instead. */
  unwanted: boolean;
  threadId: string;
  runnerId: string;
  serverTime: Date;
}
