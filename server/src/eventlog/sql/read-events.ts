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

/** The newest of them, oldest first. $1 run, $2 count, $3 bytes. */
export const newestEvents: Statement = {
  name: 'newest-events',
  text: `
SELECT seq, kind, message, data, at FROM (
  SELECT seq, kind, message, data, at,
    sum(octet_length(message) + COALESCE(octet_length(data::text), 0)) OVER (ORDER BY seq DESC) AS bytes,
    row_number() OVER (ORDER BY seq DESC) AS place
  FROM (SELECT seq, kind, message, data, at FROM events WHERE run_id = $1 ORDER BY seq DESC LIMIT $2) page
) sized
WHERE bytes <= $3 OR place = 1 ORDER BY seq`,
};

/** $1 run, $2 org. */
export const runProgress: Statement = {
  name: 'run-progress',
  text: 'SELECT status, last_seq FROM runs WHERE id = $1 AND org_id = $2',
};
