import type { Statement } from '../../db/database.js';

/** Writes down that what sessions waited for when they ended is withdrawn: reading it said so from that moment on. */
export const closeLeftApprovals: Statement = {
  name: 'close-left-approvals',
  text: `
UPDATE approvals a SET state = 'withdrawn' FROM runs r
WHERE a.state = 'waiting' AND r.id = a.run_id AND (r.status <> 'RUNNING' OR r.attempt_token IS DISTINCT FROM a.token)`,
};
