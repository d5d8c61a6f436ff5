import { type ApprovalsQuery, maxRowChars } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { isOne } from '../../db/is-one.js';
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

/** With its state as people are told it; each has a run, which is asked for by its id alone. */
const told = (from: string) => `
  SELECT a.*, r.runner_id, ${stateOf('a', 'r')} AS told FROM ${from} a LEFT JOIN LATERAL (
    SELECT status, attempt_token, runner_id FROM runs WHERE id = a.run_id OFFSET 0
  ) r ON true`;

/**
 * Newest first, each as a row of a list. Those that are closed are in order by state; one that waits by its row may be told as
 * something else, and these are few. Of one runner alone they are looked for among all, as approvals do not name it.
 * @param onlyRunner of its sessions alone
 * Rows: StoredApprovals with `truncated`.
 */
export function selectApprovals(
  orgId: string,
  { runId, state, cursor, limit }: ApprovalsQuery,
  onlyRunner?: string,
): { statement: Statement; values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const org = bind(orgId);
  const most = bind(limit + 1);
  const only = [
    runId === undefined ? isOne('org_id', org) : `org_id = ${org}`,
    ...(runId === undefined ? [] : [`run_id = ${bind(runId)}`]),
    ...(cursor === undefined ? [] : [`id < ${bind(cursor)}`]),
  ].join(' AND ');
  const asked = state === undefined ? '' : bind(state);
  const newest = (
    more: string,
    by: 'ASC' | 'DESC',
    atMost = onlyRunner === undefined ? `LIMIT ${most}` : '',
  ) => `(SELECT * FROM approvals WHERE ${only}${more} ORDER BY org_id ${by}, id DESC ${atMost})`;
  const waiting = newest(` AND state = 'waiting'`, 'ASC', '');
  // The index by state ascends in both.
  const closed = newest(` AND state <> 'waiting' AND state = ${asked}::"ApprovalState"`, 'DESC');
  const conditions = [
    ...(state === undefined ? [] : [`a.told = ${asked}::"ApprovalState"`]),
    ...(onlyRunner === undefined ? [] : [`a.runner_id = ${bind(onlyRunner)}`]),
  ];
  const from =
    state === undefined
      ? newest('', 'ASC')
      : state === 'waiting'
        ? waiting
        : `(${waiting} UNION ALL ${closed})`;
  return {
    statement: {
      name: `select-approvals-${state ?? 'any'}${runId ? '-of-run' : ''}${cursor ? '-after' : ''}${onlyRunner ? '-of-runner' : ''}`,
      text: `
SELECT ${approvalColumns('a')}, a.told AS state, ${lightColumns}
FROM (
  SELECT * FROM (${told(from)}) a
  WHERE ${[...conditions, 'true'].join(' AND ')} ORDER BY a.id DESC LIMIT ${most}
) a ${lightInput}
ORDER BY a.id DESC`,
    },
    values,
  };
}

/** Whole. $1 org, $2 approval. Row: StoredApproval. */
export const selectApproval: Statement = {
  name: 'select-approval',
  text: `SELECT ${approvalColumns('a')}, a.input, a.answers, a.told AS state
FROM (${told('(SELECT * FROM approvals WHERE id = $2 AND org_id IS NOT DISTINCT FROM $1)')}) a`,
};
