import type { Event, RunStatus } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';

/** Most bytes of payload in one page, so that a viewer of a run with large events holds no more than this. */
export const pageBytes = 8 * 1024 * 1024;

/**
 * A page of the log after a seq: at most a number of events, and at most pageBytes beyond the first one.
 * $1 run, $2 after, $3 limit, $4 bytes.
 */
export const readEvents: Statement = {
  name: 'read-events',
  text: `
SELECT seq, kind, message, data, at FROM (
  SELECT seq, kind, message, data, at,
    sum(octet_length(message) + COALESCE(octet_length(data::text), 0)) OVER (ORDER BY seq) AS bytes,
    row_number() OVER (ORDER BY seq) AS place
  FROM (
    SELECT seq, kind, message, data, at FROM events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
  ) page
) sized
WHERE bytes <= $4 OR place = 1 ORDER BY seq`,
};

/** The newest of them below a seq, oldest first. $1 run, $2 count, $3 bytes, $4 before. */
export const newestEvents: Statement = {
  name: 'newest-events',
  text: `
SELECT seq, kind, message, data, at FROM (
  SELECT seq, kind, message, data, at,
    sum(octet_length(message) + COALESCE(octet_length(data::text), 0)) OVER (ORDER BY seq DESC) AS bytes,
    row_number() OVER (ORDER BY seq DESC) AS place
  FROM (SELECT seq, kind, message, data, at FROM events WHERE run_id = $1 AND seq < $4 ORDER BY seq DESC LIMIT $2) page
) sized
WHERE bytes <= $3 OR place = 1 ORDER BY seq`,
};

/** $1 run, $2 org. */
export const statusOfRun: Statement = {
  name: 'status-of-run',
  text: 'SELECT status FROM runs WHERE id = $1 AND org_id = $2',
};

/**
 * The next page of many logs in one look, and how far each run is. Many watch, and most are at the same place.
 * Arrays: $1 runs, $2 orgs, $3 after which seq; $4 most events of one, $5 most bytes of one beyond its first event.
 * Rows: a TailRow for each event, or one without an event; none for a run that the org does not have.
 */
export const readTails: Statement = {
  name: 'read-tails',
  text: `
SELECT ask.place::int AS place, r.status, r.last_seq AS "lastSeq", page.seq, page.kind, page.message, page.data, page.at
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS ask(run_id, org_id, after, place)
CROSS JOIN LATERAL (
  SELECT status, last_seq FROM runs WHERE id = ask.run_id AND org_id IS NOT DISTINCT FROM ask.org_id OFFSET 0
) r
LEFT JOIN LATERAL (
  SELECT seq, kind, message, data, at FROM (
    SELECT seq, kind, message, data, at,
      sum(octet_length(message) + COALESCE(octet_length(data::text), 0)) OVER (ORDER BY seq) AS bytes,
      row_number() OVER (ORDER BY seq) AS nth
    FROM (
      SELECT seq, kind, message, data, at FROM events
      WHERE run_id = ask.run_id AND seq > ask.after ORDER BY seq LIMIT $4
    ) page
  ) sized
  WHERE bytes <= $5 OR nth = 1
) page ON r.last_seq > ask.after
ORDER BY ask.place, page.seq`,
};
export type TailRow = { place: number; status: RunStatus; lastSeq: number } & (
  | (Omit<Event, 'at'> & { at: Date })
  | { seq: null }
);
