import type { PermissionMode } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';

const headColumns = `id AS "runId", CASE WHEN pinned THEN runner_id END AS "pinnedTo", permission_mode AS "permissionMode",
  cwd_key AS "cwdKey", shared_cwd AS "sharedCwd"`;
const readColumns =
  'q.id, q.pinned, q.runner_id, q.permission_mode, q.cwd_key, q.shared_cwd, q.queue_priority, q.queue_order';

/**
 * The next runs of the first lanes within some ranges, in order of the queue. It walks the index from one lane to the
 * next (a loose index scan), so that the cost grows with the number of lanes that are read, not of runs that wait there.
 *
 * A range instead of an equality in `head` leaves the planner only the index that has the lane's runs in order.
 *
 * $1 org, $2 and $3 the ranges' ends, in order and apart, $4 most runs of one lane, $5 most lanes. Rows: a Head each.
 */
export const queueHeads: Statement = {
  name: 'queue-heads',
  text: `
SELECT ${headColumns} FROM (
  SELECT lanes.lane FROM unnest($2::text[], $3::text[]) AS span(low, high) CROSS JOIN LATERAL (
    WITH RECURSIVE lanes(lane) AS (
      SELECT (
        SELECT q.lane FROM runs q
        WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready AND q.lane > span.low AND q.lane < span.high
        ORDER BY q.lane LIMIT 1
      )
      UNION ALL
      SELECT (
        SELECT q.lane FROM runs q
        WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready AND q.lane > lanes.lane AND q.lane < span.high
        ORDER BY q.lane LIMIT 1
      )
      FROM lanes WHERE lanes.lane IS NOT NULL
    )
    SELECT lane FROM lanes WHERE lane IS NOT NULL
  ) lanes
  LIMIT $5
) lanes CROSS JOIN LATERAL (
  SELECT ${readColumns} FROM runs q
  WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready AND q.lane >= lanes.lane AND q.lane <= lanes.lane
  ORDER BY q.lane, q.queue_priority DESC, q.queue_order LIMIT $4
) head
ORDER BY head.queue_priority DESC, head.queue_order`,
};

/**
 * The runs at the front of the queue, whatever their lanes, in its order: of an org that has very many lanes most of what is
 * to be given stands there. $1 org, $2 most runs, $3 most runs of one lane. Rows: a Head each.
 */
export const queueFront: Statement = {
  name: 'queue-front',
  text: `
SELECT ${headColumns} FROM (
  SELECT *, row_number() OVER (PARTITION BY lane ORDER BY queue_priority DESC, queue_order) AS of_lane FROM (
    SELECT ${readColumns}, q.lane, q.ready FROM runs q
    WHERE q.org_id = $1 AND q.status = 'QUEUED' ORDER BY q.queue_priority DESC, q.queue_order LIMIT $2
  ) front
  WHERE ready
) front
WHERE of_lane <= $3
ORDER BY queue_priority DESC, queue_order`,
};

export interface Head {
  runId: string;
  pinnedTo: string | null;
  permissionMode: PermissionMode;
  cwdKey: string;
  sharedCwd: boolean;
}
