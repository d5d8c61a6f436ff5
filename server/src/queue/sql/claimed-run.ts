import type { ClaimedRun } from '@agentfleet/contract';

/** What `claimedRun` reads of the run: a row of those is passed on at a fraction of the cost of a whole one. */
export const claimedColumns = `r.runner_id, r.id, r.attempt_token, r.attempt, r.thread_id, r.input, r.cwd, r.shared_cwd,
    r.permission_mode, r.model, r.parent_run_id, r.fresh, r.timeout_sec, r.stall_sec, r.approval_sec, r.max_turns, r.max_budget_usd,
    r.lease_expires_at, r.max_attempts, r.attempts_started, r.claimed_at, r.created_at, r.attempt_first_seq`;

/** What a runner is told of a run that it claimed; `r` is the run. Columns of a TakenRun. */
export const claimedRun = `
  r.runner_id AS "runnerId", r.id, r.attempt_token AS token, r.attempt, r.thread_id AS "threadId", r.input, r.cwd,
  r.shared_cwd AS "sharedCwd", r.permission_mode AS "permissionMode", r.model, (
    SELECT parent.agent_session_id FROM runs parent WHERE parent.id = r.parent_run_id AND NOT r.fresh
  ) AS "resumeSessionId",
  r.timeout_sec AS "timeoutSec", r.stall_sec AS "stallSec", r.approval_sec AS "approvalSec", r.max_turns AS "maxTurns",
  r.max_budget_usd AS "maxBudgetUsd", r.lease_expires_at AS "leaseExpiresAt",
  r.max_attempts > 1 + r.attempts_started AS "mayRunAgain", r.attempt_first_seq - 1 AS "lastSeq",
  1000 * extract(epoch FROM r.claimed_at - r.created_at)::float8 AS "waitedMs"`;

export interface TakenRun extends Omit<ClaimedRun, 'leaseExpiresAt'> {
  runnerId: string;
  leaseExpiresAt: Date;
  /** Since it was posted. */
  waitedMs: number;
}
