import type { Statement } from '../../db/database.js';
import { backInReach } from '../../queue/sql/renew-leases.js';
import { approvalColumns } from './approval-row.js';

/**
 * Notes what an attempt's session asks for, once for each of its requests, or tells what has become of it. One whose
 * time is up, by this database's clock, or that is withdrawn, is closed here and nowhere else, so that a decision of
 * the same moment either counts or is refused. The row lock on the run makes askers and deciders take turns, and its
 * count is moved by what was changed, not looked up. Who asks is at the run: it is back if it was out of reach.
 *
 * $1 id for a new one, $2 run, $3 org, $4 token, $5 request, $6 tool, $7 message, $8 input (JSON text), $9 tool use,
 * $10 session grant, $11 how long it waits in s, $12 whether it is withdrawn, $13 lease in ms,
 * $14 the runner that asks, or null.
 * Rows: a StoredApproval with `expiresInMs` and `changed` (whether anything of the run was); none when the token does not
 * hold a started run.
 */
export const requestApproval: Statement = {
  name: 'request-approval',
  text: `
WITH held AS (
  SELECT r.id, r.org_id, r.lost_at, r.back_at FROM runs r
  WHERE r.id = $2 AND r.org_id IS NOT DISTINCT FROM $3 AND r.attempt_token = $4 AND r.status = 'RUNNING'
    AND ($14::text IS NULL OR r.runner_id = $14)
  FOR NO KEY UPDATE
),
asked AS (
  INSERT INTO approvals (id, org_id, run_id, token, request_id, tool, message, input, tool_use_id, session_grant,
    requested_at, expires_at, state)
  SELECT $1, held.org_id, held.id, $4, $5, $6, $7, $8::jsonb, $9, $10, now(), now() + $11 * interval '1 s',
    CASE WHEN $12 THEN 'withdrawn'::"ApprovalState" ELSE 'waiting' END
  FROM held
  ON CONFLICT (token, request_id) DO NOTHING
  RETURNING *
),
closed AS (
  UPDATE approvals a SET state = CASE WHEN $12 THEN 'withdrawn'::"ApprovalState" ELSE 'expired' END
  FROM held
  WHERE a.token = $4 AND a.request_id = $5 AND a.state = 'waiting' AND ($12 OR a.expires_at <= now())
  RETURNING a.*
),
counted AS (
  UPDATE runs r SET approvals_waiting = r.approvals_waiting
    + (SELECT count(*) FROM asked WHERE state = 'waiting') - (SELECT count(*) FROM closed),
    lease_expires_at = now() + $13 * interval '1 ms', ${backInReach('held')}
  FROM held
  WHERE r.id = held.id AND (EXISTS (SELECT FROM asked) OR EXISTS (SELECT FROM closed) OR held.lost_at IS NOT NULL)
),
found AS (
  SELECT *, true AS changed FROM asked
  UNION ALL SELECT *, true FROM closed
  UNION ALL SELECT a.*, false FROM approvals a, held
    WHERE a.token = $4 AND a.request_id = $5 AND NOT EXISTS (SELECT FROM closed)
)
SELECT ${approvalColumns('a')}, a.input, a.answers, a.state AS state, a.changed OR held.lost_at IS NOT NULL AS changed,
  GREATEST(0, ceil(1000 * extract(epoch FROM a.expires_at - now())))::int AS "expiresInMs"
FROM found a CROSS JOIN held`,
};
