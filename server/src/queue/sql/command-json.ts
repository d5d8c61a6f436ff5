/**
 * A command as the contract has it, as JSON. `c` is the command, `p` the approval whose decision it carries, if any.
 */
export const commandJson = (c: string, p: string) => `
  json_strip_nulls(json_build_object('id', ${c}.id, 'runId', ${c}.run_id, 'kind', ${c}.kind,
    'requestId', ${p}.request_id, 'decision', CASE WHEN ${p}.id IS NOT NULL THEN json_build_object(
      'decision', CASE WHEN ${p}.state = 'allowed' THEN 'allow' ELSE 'deny' END, 'decidedBy', ${p}.decided_by,
      'forSession', CASE WHEN ${p}.for_session THEN true END, 'reason', ${p}.reason, 'answers', ${p}.answers) END))`;
