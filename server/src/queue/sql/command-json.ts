/**
 * A command as the contract has it, as JSON; `c` is the command. The approval whose decision it carries is looked up only for
 * one that carries one: a join would let the planner read all of them for each claim.
 */
export const commandJson = (c: string) => `
  CASE WHEN ${c}.approval_id IS NULL THEN json_build_object('id', ${c}.id, 'runId', ${c}.run_id, 'kind', ${c}.kind)
  ELSE (
    SELECT json_strip_nulls(json_build_object('id', ${c}.id, 'runId', ${c}.run_id, 'kind', ${c}.kind,
      'requestId', p.request_id, 'decision', json_build_object(
        'decision', CASE WHEN p.state = 'allowed' THEN 'allow' ELSE 'deny' END, 'decidedBy', p.decided_by,
        'forSession', CASE WHEN p.for_session THEN true END, 'reason', p.reason, 'answers', p.answers)))
    FROM approvals p WHERE p.id = ${c}.approval_id
  ) END`;
