import type { Statement } from '../../db/database.js';

/** Some events, and their images, of each run. $1 runs, $2 most of each. Row: { full }, whether any may have more. */
export const deleteEvents: Statement = {
  name: 'delete-events-of-runs',
  text: `
WITH doomed AS (
  SELECT ask.id, e.seq FROM unnest($1::text[]) AS ask(id) CROSS JOIN LATERAL (
    SELECT seq FROM events WHERE run_id = ask.id ORDER BY seq LIMIT $2
  ) e
),
gone AS (
  DELETE FROM events USING doomed WHERE events.run_id = doomed.id AND events.seq = doomed.seq
),
unseen AS (
  DELETE FROM event_images i USING doomed WHERE i.run_id = doomed.id AND i.seq = doomed.seq
)
SELECT COALESCE(max(many) >= $2, false) AS full FROM (SELECT count(*) AS many FROM doomed GROUP BY id) per_run`,
};
