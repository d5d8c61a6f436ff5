import type { PermissionMode } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';

/**
 * The next runs of every lane within some ranges, in order of the queue. It walks the index from one lane to the
 * next (a loose index scan), so that the cost grows with the number of lanes that wait, not of runs.
 *
 * A range instead of an equality in `head` leaves the planner only the index that has the lane's runs in order.
 *
 * $1 org, $2 and $3 the ranges' ends, $4 most runs of one lane. Rows: a Head each.
 */
export const queueHeads: Statement = {
  name: 'queue-heads',
  text: `
WITH RECURSIVE lanes(lane, high) AS (
  SELECT (
    SELECT q.lane FROM runs q
    WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready AND q.lane > span.low AND q.lane < span.high
    ORDER BY q.lane LIMIT 1
  ), span.high
  FROM unnest($2::text[], $3::text[]) AS span(low, high)
  UNION ALL
  SELECT (
    SELECT q.lane FROM runs q
    WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready AND q.lane > lanes.lane AND q.lane < lanes.high
    ORDER BY q.lane LIMIT 1
  ), lanes.high
  FROM lanes WHERE lanes.lane IS NOT NULL
)
SELECT head.id AS "runId", CASE WHEN head.pinned THEN head.runner_id END AS "pinnedTo",
  head.permission_mode AS "permissionMode", head.cwd_key AS "cwdKey", head.shared_cwd AS "sharedCwd"
FROM lanes CROSS JOIN LATERAL (
  SELECT q.id, q.pinned, q.runner_id, q.permission_mode, q.cwd_key, q.shared_cwd, q.queue_priority, q.queue_order
  FROM runs q
  WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready AND q.lane >= lanes.lane AND q.lane <= lanes.lane
  ORDER BY q.lane, q.queue_priority DESC, q.queue_order LIMIT $4
) head
WHERE lanes.lane IS NOT NULL
ORDER BY head.queue_priority DESC, head.queue_order`,
};
export interface Head {
  runId: string;
  pinnedTo: string | null;
  permissionMode: PermissionMode;
  cwdKey: string;
  sharedCwd: boolean;
}
