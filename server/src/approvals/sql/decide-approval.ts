import { noted } from '../../audit/noted.js';
import type { Statement } from '../../db/database.js';

/**
 * Allows or denies an approval that still waits, once, and leaves the word for its runner in the same statement: what
 * was decided is told, also when this server dies now.
 * $1 approval, $2 org, $3 whether it is allowed, $4 by whom, $5 for the session, $6 reason, $7 answers (JSON text),
 * $8 id of the command, $9 who. Row: { runId, runnerId } when it was decided.
 */
export const decideApproval: Statement = {
  name: 'decide-approval',
  text: `
WITH held AS (
  SELECT r.id, r.runner_id FROM (
    SELECT run_id, token FROM approvals WHERE id = $1 AND org_id IS NOT DISTINCT FROM $2 OFFSET 0
  ) a CROSS JOIN LATERAL (
    SELECT r.id, r.runner_id FROM runs r WHERE r.id = a.run_id AND r.status = 'RUNNING' AND r.attempt_token = a.token
    FOR NO KEY UPDATE
  ) r
),
decided AS (
  UPDATE approvals a SET state = CASE WHEN $3 THEN 'allowed'::"ApprovalState" ELSE 'denied' END, decided_at = now(),
    decided_by = $4, for_session = $5, reason = $6, answers = $7::jsonb
  FROM held WHERE a.id = $1 AND a.state = 'waiting' AND a.expires_at > now()
  RETURNING a.id, a.run_id, a.tool
),
counted AS (
  UPDATE runs r SET approvals_waiting = r.approvals_waiting - 1 FROM decided WHERE r.id = decided.run_id
),
told AS (
  INSERT INTO commands (id, run_id, runner_id, kind, approval_id)
  SELECT $8, held.id, held.runner_id, 'decision', decided.id FROM held, decided
),
noted AS (${noted({
    ...{ by: '$9', org: '$2', subject: 'decided.id', from: 'decided' },
    action: { sql: `CASE WHEN $3 THEN 'approval.allow' ELSE 'approval.deny' END` },
    detail: `jsonb_build_object('runId', decided.run_id, 'tool', decided.tool, 'forSession', $5::bool)`,
  })})
SELECT held.id AS "runId", held.runner_id AS "runnerId" FROM held, decided`,
};
