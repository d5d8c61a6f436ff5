import type { Statement } from '../../db/database.js';
import { runsWithEvents } from './runs-with-events.js';

/**
 * Deletes some events, and their images, of the oldest runs that ended long ago, and notes the runs of which none are left: their
 * approvals, which say the same, go with them. What the run
 * itself says stays. Any server may prune at any time.
 * $1 how long ago, in ms; $2 most runs, $3 most events of each; $4 from which run on. Row: { events, runs }, what was done: nothing is left
 * to do when both are 0.
 */
export const pruneEvents: Statement = {
  name: 'prune-events',
  text: `
WITH old AS (
  SELECT id FROM runs
  WHERE finished_at IS NOT NULL AND events_pruned_at IS NULL AND finished_at < now() - $1 * interval '1 ms'
    AND status IN ('SUCCEEDED', 'FAILED', 'CANCELLED') AND (id >= $4) IS TRUE -- Not to be searched by.
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

/**
 * Notes of some runs that ended long ago that their events are gone, which nobody reads from then on: their rows go with the
 * partition. Approvals go at once. $1 how long ago, in ms; $2 most runs; $3 up to which run. Row: { runs }.
 */
export const hideEvents: Statement = {
  name: 'hide-events',
  text: `
WITH old AS (
  SELECT id FROM runs
  WHERE finished_at IS NOT NULL AND events_pruned_at IS NULL AND finished_at < now() - $1 * interval '1 ms'
    AND status IN ('SUCCEEDED', 'FAILED', 'CANCELLED') AND (id < $3) IS TRUE
  ORDER BY finished_at LIMIT $2
  FOR UPDATE SKIP LOCKED
),
pruned AS (
  UPDATE runs SET events_pruned_at = now() WHERE id IN (SELECT id FROM old) RETURNING id
),
answered AS (
  DELETE FROM approvals USING pruned WHERE approvals.run_id = pruned.id
)
SELECT count(*) AS runs FROM pruned`,
};

/**
 * Deletes some events, and their images, that nobody reads any more and that no partition took with it in time: another run keeps
 * it, it was there before there were others, or they came late. Looks at some runs that have events, in order of id.
 * $1 after which run, $2 up to which; $3 most runs looked at, $4 most events of each.
 * Row: { events, last }: how many were deleted, and the last run that was looked at, or null.
 */
export const deleteHidden: Statement = {
  name: 'delete-hidden-events',
  text: `
WITH RECURSIVE ${runsWithEvents('$1', '$2', '$3')},
doomed AS (
  SELECT r.id, e.seq FROM looked CROSS JOIN LATERAL (
    SELECT id FROM runs WHERE id = looked.run_id AND events_pruned_at IS NOT NULL
      AND status IN ('SUCCEEDED', 'FAILED', 'CANCELLED') OFFSET 0
  ) r CROSS JOIN LATERAL (
    SELECT seq FROM events WHERE run_id = r.id ORDER BY seq LIMIT $4
  ) e
),
gone AS (
  DELETE FROM events USING doomed WHERE events.run_id = doomed.id AND events.seq = doomed.seq RETURNING 1
),
unseen AS (
  DELETE FROM event_images i USING doomed WHERE i.run_id = doomed.id AND i.seq = doomed.seq
)
SELECT (SELECT count(*) FROM gone) AS events, (SELECT max(run_id) FROM looked) AS last`,
};
