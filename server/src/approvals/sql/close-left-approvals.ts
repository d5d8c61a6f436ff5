import type { Statement } from '../../db/database.js';

/**
 * Writes down that what sessions waited for when they ended is withdrawn: reading it said so from that moment on.
 * $1 most of them. Row: { changed }.
 */
export const closeLeftApprovals: Statement = {
  name: 'close-left-approvals',
  text: `
WITH left_over AS (
  SELECT a.id FROM approvals a JOIN runs r ON r.id = a.run_id
  WHERE a.state = 'waiting' AND (r.status <> 'RUNNING' OR r.attempt_token IS DISTINCT FROM a.token)
  LIMIT $1
),
closed AS (
  UPDATE approvals a SET state = 'withdrawn' FROM left_over l WHERE a.id = l.id AND a.state = 'waiting' RETURNING 1
)
SELECT count(*) AS changed FROM closed`,
};
