import type { Statement } from '../../db/database.js';

/**
 * Deletes some events, and their images, of the oldest runs that ended long ago, and notes the runs of which none are left: their
 * approvals, which say the same, go with them. What the run
 * itself says stays. Any server may prune at any time.
 * $1 how long ago, in ms; $2 most runs, $3 most events of each. Row: { events, runs }, what was done: nothing is left
 * to do when both are 0.
 */
export const pruneEvents: Statement = {
  name: 'prune-events',
  text: `
WITH old AS (
  SELECT id FROM runs
  WHERE finished_at IS NOT NULL AND events_pruned_at IS NULL AND finished_at < now() - $1 * interval '1 ms'
    AND status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')
  ORDER BY finished_at LIMIT $2
  FOR UPDATE SKIP LOCKED
),
doomed AS (
  SELECT old.id, e.seq FROM old CROSS JOIN LATERAL (
    SELECT seq FROM events WHERE run_id = old.id ORDER BY seq LIMIT $3
  ) e
),
gone AS (
  DELETE FROM events USING doomed WHERE events.run_id = doomed.id AND events.seq = doomed.seq RETURNING 1
),
unseen AS (
  DELETE FROM event_images i USING doomed WHERE i.run_id = doomed.id AND i.seq = doomed.seq
),
pruned AS (
  UPDATE runs SET events_pruned_at = now()
  WHERE id IN (SELECT id FROM old) AND (SELECT count(*) FROM doomed WHERE doomed.id = runs.id) < $3
  RETURNING id
),
answered AS (
  DELETE FROM approvals USING pruned WHERE approvals.run_id = pruned.id
)
SELECT (SELECT count(*) FROM gone) AS events, (SELECT count(*) FROM pruned) AS runs`,
};
