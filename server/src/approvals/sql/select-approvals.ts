import type { Statement } from '../../db/database.js';
import { approvalColumns, stateOf } from './approval-row.js';

const select = (name: string, only: string): Statement => ({
  name,
  text: `
SELECT ${approvalColumns('a')}, a.told AS state FROM (
  SELECT a.*, ${stateOf('a', 'r')} AS told FROM approvals a JOIN runs r ON r.id = a.run_id
  WHERE a.org_id = $1 AND ($2::text IS NULL OR a.id = $2) AND ($3::text IS NULL OR a.run_id = $3)
    AND ($5::text IS NULL OR a.id < $5) ${only}
) a WHERE $4::text IS NULL OR a.told::text = $4 ORDER BY a.id DESC LIMIT $6`,
});

/**
 * Newest first. $1 org, $2 an approval or null, $3 a run or null, $4 a state or null, $5 only older ones than this id or
 * null, $6 how many. Rows: ApprovalRows.
 */
export const selectApprovals: Statement = select('select-approvals', '');

/** The same for the state `waiting`, which is asked for again and again: it has an index of its own. */
export const selectWaitingApprovals: Statement = select(
  'select-waiting-approvals',
  `AND a.state = 'waiting'`,
);
