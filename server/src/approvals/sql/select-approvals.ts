import { maxRowChars } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { approvalColumns, stateOf } from './approval-row.js';

/** What a row of a list keeps of an approval as it is, bytes of JSON text. */
const maxRowBytes = 4_096;
/** Members of an input, and characters of their names, that a cut one keeps. */
const mostMembers = 20;
const maxNameChars = 100;

const isLarge = (json: string) => `coalesce(octet_length(${json}::text) > ${maxRowBytes}, false)`;

/**
 * In the place of the whole: of a large input the beginning of each text and what else is small, so that what is cut
 * never leaves the database.
 */
const lightColumns = `
  CASE WHEN ${isLarge('a.input')} THEN cut.input ELSE a.input END AS input,
  CASE WHEN ${isLarge('a.answers')} THEN NULL ELSE a.answers END AS answers,
  ${isLarge('a.input')} OR ${isLarge('a.answers')} AS truncated`;
const lightInput = `
CROSS JOIN LATERAL (
  SELECT coalesce(jsonb_object_agg(m.key, CASE
      WHEN jsonb_typeof(m.value) = 'string' THEN to_jsonb(left(m.value #>> '{}', ${maxRowChars})) ELSE m.value END), '{}')
    || jsonb_build_object('truncated', jsonb_build_object('', octet_length(a.input::text))) AS input
  FROM (
    SELECT key, value FROM jsonb_each(a.input)
    WHERE ${isLarge('a.input')} AND char_length(key) <= ${maxNameChars}
      AND (jsonb_typeof(value) = 'string' OR octet_length(value::text) <= ${maxRowChars})
    LIMIT ${mostMembers}
  ) m
) cut`;

const told = (only: string) => `
  SELECT a.*, ${stateOf('a', 'r')} AS told FROM approvals a JOIN runs r ON r.id = a.run_id
  WHERE a.org_id = $1 ${only}`;

const select = (name: string, only: string): Statement => ({
  name,
  text: `
SELECT ${approvalColumns('a')}, a.told AS state, ${lightColumns}
FROM (
  SELECT * FROM (${told(`AND ($2::text IS NULL OR a.run_id = $2) AND ($4::text IS NULL OR a.id < $4)
    AND ($6::text IS NULL OR r.runner_id = $6) ${only}`)}) a
  WHERE $3::text IS NULL OR a.told::text = $3 ORDER BY a.id DESC LIMIT $5
) a ${lightInput}
ORDER BY a.id DESC`,
});

/**
 * Newest first, each as a row of a list. $1 org, $2 a run or null, $3 a state or null, $4 only older ones than this id or
 * null, $5 how many, $6 a runner or null. Rows: StoredApprovals with `truncated`.
 */
export const selectApprovals: Statement = select('select-approvals', '');

/** The same for the state `waiting`, which is asked for again and again: it has an index of its own. */
export const selectWaitingApprovals: Statement = select(
  'select-waiting-approvals',
  `AND a.state = 'waiting'`,
);

/** Whole. $1 org, $2 approval. Row: StoredApproval. */
export const selectApproval: Statement = {
  name: 'select-approval',
  text: `SELECT ${approvalColumns('a')}, a.input, a.answers, a.told AS state FROM (${told('AND a.id = $2')}) a`,
};
