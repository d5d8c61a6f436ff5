/** A command `c` as the contract has it, as JSON. The approval is looked up only for one that carries its decision. */
const commandJson = `
  CASE WHEN c.approval_id IS NULL THEN json_build_object('id', c.id, 'runId', c.run_id, 'kind', c.kind)
  ELSE (
    SELECT json_strip_nulls(json_build_object('id', c.id, 'runId', c.run_id, 'kind', c.kind,
      'requestId', p.request_id, 'decision', json_build_object(
        'decision', CASE WHEN p.state = 'allowed' THEN 'allow' ELSE 'deny' END, 'decidedBy', p.decided_by,
        'forSession', CASE WHEN p.for_session THEN true END, 'reason', p.reason, 'answers', p.answers)))
    FROM approvals p WHERE p.id = c.approval_id
  ) END`;

/**
 * What is still to be asked of a runner, for runs that it still works on, or may still be working on unwanted, since they
 * were cancelled while it was away: a JSON array, oldest first, null when there is nothing. The runner's commands come in
 * the order of their index, and the run by its id (of a text no index of active runs knows), so that nobody reads the
 * commands of all runners, or all active runs, for it: db/plan-once.ts.
 * @param runner SQL of the runner's id
 */
export const openCommands = (runner: string) => `(
  SELECT json_agg(${commandJson} ORDER BY c.created_at)
  FROM (
    SELECT * FROM commands c WHERE c.runner_id = ${runner} AND c.acknowledged_at IS NULL ORDER BY c.created_at OFFSET 0
  ) c CROSS JOIN LATERAL (
    SELECT FROM runs r WHERE r.id = c.run_id AND (r.status::text IN ('CLAIMED', 'RUNNING')
      OR (r.status::text = 'CANCELLED' AND r.attempt_outcome = 'lost' AND c.kind = 'cancel')) OFFSET 0
  ) r)`;
