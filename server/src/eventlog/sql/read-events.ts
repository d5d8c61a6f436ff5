import type { Event, RunStatus } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';

/** Most bytes of payload in one page, so that a viewer of a run with large events holds no more than this. */
export const pageBytes = 8 * 1024 * 1024;

/** Whether retention took the log of run `r`: its rows may still wait for their partition to be dropped. */
const hidden = `r.events_pruned_at IS NOT NULL AND r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;

/**
 * The first events of a page that have so many bytes together, and the very first whatever it has. How large one is as
 * text is only known by reading it whole: that is done for no more of them than are small enough as they are stored.
 * @param page SQL of the page: seq, kind, message, data, at @param order which ones come first
 */
const within = (bytes: string, page: string, order = 'seq') => `
  SELECT seq, kind, message, data, at FROM (
    SELECT *, sum(octet_length(message) + COALESCE(octet_length(data::text), 0)) OVER (ORDER BY ${order}) AS bytes
    FROM (
      SELECT *, row_number() OVER (ORDER BY ${order}) AS place,
        sum(octet_length(message) + COALESCE(pg_column_size(data), 0)) OVER (ORDER BY ${order}) AS stored
      FROM (${page}) page
    ) measured
    WHERE stored <= ${bytes} OR place = 1
  ) sized
  WHERE bytes <= ${bytes} OR place = 1`;

/**
 * A page of the log after a seq: at most a number of events, and at most pageBytes beyond the first one.
 * $1 run, $2 after, $3 limit, $4 bytes.
 */
export const readEvents: Statement = {
  name: 'read-events',
  text: `${within(
    '$4',
    `
        SELECT seq, kind, message, data, at FROM events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
  )}
ORDER BY seq`,
};

/** The newest of them below a seq, oldest first. $1 run, $2 count, $3 bytes, $4 before. */
export const newestEvents: Statement = {
  name: 'newest-events',
  text: `${within(
    '$3',
    `
        SELECT seq, kind, message, data, at FROM events WHERE run_id = $1 AND seq < $4 ORDER BY seq DESC LIMIT $2`,
    'seq DESC',
  )}
ORDER BY seq`,
};

/**
 * The calls of some tools by the session itself, and their results, below a seq: the newest ones, oldest first.
 * $1 run, $2 count, $3 bytes, $4 before, $5 after, $6 names of tools; $7 whether the oldest of them are wanted instead.
 */
export const toolEvents: Statement = {
  name: 'tool-events',
  text: `
WITH called AS (
  SELECT seq, kind, message, data, at FROM events
  WHERE run_id = $1 AND kind = 'tool_use' AND data->>'name' = ANY($6::text[]) AND data->>'parent_tool_use_id' IS NULL
),
wanted AS (
  SELECT * FROM called
  UNION ALL
  SELECT seq, kind, message, data, at FROM events
  WHERE run_id = $1 AND kind = 'tool_result' AND seq > (SELECT min(seq) FROM called)
    AND data->>'tool_use_id' IN (SELECT data->>'id' FROM called)
),
page AS (
  SELECT *, CASE WHEN $7 THEN seq ELSE -seq END AS nth FROM wanted WHERE seq < $4 AND seq > $5 ORDER BY nth LIMIT $2
)
${within('$3', 'SELECT seq, kind, message, data, at, nth FROM page', 'nth')}
ORDER BY seq`,
};

/** Whether there are events between two seqs, neither included. $1 run, $2 after, $3 before. */
export const anyEvents: Statement = {
  name: 'any-events',
  text: `
SELECT FROM (
  SELECT seq FROM events WHERE run_id = $1 AND seq > $2 AND seq < $3
  UNION ALL
  SELECT last_seq FROM moved_logs WHERE run_id = $1 AND moved_at IS NOT NULL AND doomed_at IS NULL
    AND greatest(first_seq, $2::bigint + 1) <= least(last_seq, $3::bigint - 1)
) found LIMIT 1`,
};

/** An image of a run's log. $1 run, $2 org, $3 seq, $4 index. Row: { type, bytes }, of nulls where there is none. */
export const readImage: Statement = {
  name: 'read-image',
  text: `
SELECT i.type, i.bytes FROM runs r
LEFT JOIN event_images i ON i.run_id = r.id AND i.seq = $3 AND i.index = $4 AND NOT (${hidden})
WHERE r.id = $1 AND r.org_id = $2 AND r.deleted_at IS NULL`,
};

/** $1 run, $2 org. Row: { status, hidden }. */
export const statusOfRun: Statement = {
  name: 'status-of-run',
  text: `SELECT status, ${hidden} AS hidden FROM runs r WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL`,
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
  SELECT status, last_seq, ${hidden} AS hidden FROM runs r
  WHERE id = ask.run_id AND org_id IS NOT DISTINCT FROM ask.org_id AND deleted_at IS NULL OFFSET 0
) r
LEFT JOIN LATERAL (${within(
    '$5',
    `
        SELECT seq, kind, message, data, at FROM events
        WHERE run_id = ask.run_id AND seq > ask.after ORDER BY seq LIMIT $4`,
  )}
) page ON r.last_seq > ask.after AND NOT r.hidden
ORDER BY ask.place, page.seq`,
};
export type TailRow = { place: number; status: RunStatus; lastSeq: number } & (
  | (Omit<Event, 'at'> & { at: Date })
  | { seq: null }
);
