import type { Statement } from '../../db/database.js';

/**
 * Notes that nobody answered in time what sessions ask that are out of reach: their runners do not ask again at the end, and
 * people would be shown that they wait. Rows: ExpiredApprovals.
 */
export const expireUnheardApprovals: Statement = {
  name: 'expire-unheard-approvals',
  text: `
WITH held AS (
  SELECT id, attempt_token FROM runs
  WHERE status = 'RUNNING' AND lost_at IS NOT NULL AND approvals_waiting > 0
  FOR NO KEY UPDATE SKIP LOCKED
),
closed AS (
  UPDATE approvals a SET state = 'expired' FROM held
  WHERE a.run_id = held.id AND a.token = held.attempt_token AND a.state = 'waiting' AND a.expires_at <= now()
  RETURNING a.id, a.org_id, a.run_id
),
counted AS (
  UPDATE runs r SET approvals_waiting = r.approvals_waiting - closed.many
  FROM (SELECT run_id, count(*) AS many FROM closed GROUP BY run_id) closed WHERE r.id = closed.run_id
)
SELECT id, org_id AS "orgId", run_id AS "runId" FROM closed`,
};

export interface ExpiredApproval {
  id: string;
  orgId: string;
  runId: string;
}
