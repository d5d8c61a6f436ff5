import type { Statement } from '../../db/database.js';

/**
 * Takes the next runs for a runner, in one statement: pinned to it or in a directory it covers, by priority, then
 * age; never two in one directory (unless both share it), never more than its limit and its org's.
 *
 * `lanes` walks the index from the head of one lane to the next (a loose index scan), so that the cost grows with
 * the number of lanes, not of runs. What two claims at once could still get wrong, the unique indexes
 * runs_one_active_in_thread and runs_one_active_in_directory refuse (23505): claim again.
 *
 * $1 runner, $2 org, $3 tokens (one for each run at most to take), $4 lease in ms. Rows: a run each.
 */
export const claimRuns: Statement = {
  name: 'claim-runs',
  text: `
WITH RECURSIVE me AS MATERIALIZED (
  SELECT r.id, r.directory_keys, r.permission_modes, r.platform,
    LEAST(
      cardinality($3::text[]),
      r.max_concurrent_runs - (
        SELECT count(*) FROM runs a WHERE a.runner_id = r.id AND a.status IN ('CLAIMED', 'RUNNING')),
      COALESCE(o.max_concurrent_runs - (
        SELECT count(*) FROM runs a WHERE a.org_id = o.id AND a.status IN ('CLAIMED', 'RUNNING')), 2147483647)
    ) AS slots
  FROM runners r JOIN orgs o ON o.id = r.org_id
  WHERE r.id = $1 AND r.org_id = $2 AND r.deleted_at IS NULL AND r.paused_at IS NULL AND NOT r.draining
),
lanes(lane, upto) AS (
  SELECT (
    SELECT q.lane FROM runs q
    WHERE q.org_id = $2 AND q.status = 'QUEUED' AND q.ready AND q.lane > pin.low AND q.lane < pin.high
    ORDER BY q.lane LIMIT 1
  ), pin.high
  FROM (VALUES ('*|' COLLATE "C", '*}' COLLATE "C"), ($1 || '|', $1 || '}')) AS pin(low, high)
  WHERE (SELECT slots FROM me) > 0
  UNION ALL
  SELECT (
    SELECT q.lane FROM runs q
    WHERE q.org_id = $2 AND q.status = 'QUEUED' AND q.ready AND q.lane > lanes.lane AND q.lane < lanes.upto
    ORDER BY q.lane LIMIT 1
  ), lanes.upto
  FROM lanes WHERE lanes.lane IS NOT NULL
),
open_lanes AS (
  SELECT head.lane
  FROM me, lanes CROSS JOIN LATERAL (
    SELECT q.lane, q.cwd_key, q.shared_cwd, q.pinned, q.permission_mode, q.priority, q.queue_order
    FROM runs q
    WHERE q.org_id = $2 AND q.status = 'QUEUED' AND q.ready AND q.lane = lanes.lane
    ORDER BY q.priority DESC, q.queue_order LIMIT 1
  ) head
  WHERE (head.pinned OR (
      head.permission_mode = ANY (me.permission_modes)
      AND EXISTS (
        SELECT FROM unnest(me.directory_keys) AS d(key)
        WHERE head.cwd_key = d.key
          OR starts_with(head.cwd_key, rtrim(d.key, '/') || '/')
          OR (me.platform = 'darwin' AND (
            lower(head.cwd_key) = lower(d.key)
            OR starts_with(lower(head.cwd_key), lower(rtrim(d.key, '/')) || '/'))))))
    AND NOT EXISTS (
      SELECT FROM runs a
      WHERE a.runner_id = $1 AND a.status IN ('CLAIMED', 'RUNNING')
        AND a.cwd_key = head.cwd_key AND NOT (a.shared_cwd AND head.shared_cwd))
  ORDER BY head.priority DESC, head.queue_order
  LIMIT (SELECT slots FROM me)
),
taken AS (
  SELECT one.id, row_number() OVER () AS place
  FROM (
    SELECT DISTINCT ON (q.cwd_key) q.id
    FROM open_lanes CROSS JOIN LATERAL (
      SELECT q.id, q.cwd_key, q.priority, q.queue_order FROM runs q
      WHERE q.org_id = $2 AND q.status = 'QUEUED' AND q.ready AND q.lane = open_lanes.lane
      ORDER BY q.priority DESC, q.queue_order LIMIT 1
      FOR UPDATE SKIP LOCKED
    ) q
    ORDER BY q.cwd_key, q.priority DESC, q.queue_order
  ) one
),
claimed AS (
  UPDATE runs r SET
    status = 'CLAIMED', runner_id = $1, attempt = r.attempt + 1, attempt_token = ($3::text[])[taken.place],
    lease_expires_at = now() + $4 * interval '1 ms', claimed_at = now()
  FROM taken WHERE r.id = taken.id
  RETURNING r.*
),
attempted AS (
  INSERT INTO attempts (token, run_id, number, runner_id, first_seq)
  SELECT attempt_token, id, attempt, $1, last_seq + 1 FROM claimed
)
SELECT claimed.*, parent.agent_session_id AS resume_session_id
FROM claimed LEFT JOIN runs parent ON parent.id = claimed.parent_run_id
ORDER BY claimed.priority DESC, claimed.queue_order`,
};

/** Runs that a claim gave to this runner and that it does not know of, since the answer was lost. $1 runner, $2 org, $3 tokens it holds, $4 lease in ms. */
export const claimAgain: Statement = {
  name: 'claim-again',
  text: `
WITH again AS (
  UPDATE runs SET lease_expires_at = now() + $4 * interval '1 ms'
  WHERE runner_id = $1 AND org_id = $2 AND status = 'CLAIMED' AND attempt_token <> ALL ($3::text[])
  RETURNING *
)
SELECT again.*, parent.agent_session_id AS resume_session_id
FROM again LEFT JOIN runs parent ON parent.id = again.parent_run_id`,
};
