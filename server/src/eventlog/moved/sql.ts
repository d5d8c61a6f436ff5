import type { Event, ImageType } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { saidOf } from '../../usage/sql/recount-runs.js';
import { runsWithEvents } from '../sql/runs-with-events.js';

/** How long a claim is taken for that of somebody at work, SQL: longer than any request to a store takes, several times. */
const claimTime = `interval '10 minutes'`;

/** A run `r` whose log nobody adds to, changes or takes away any more: one that was lost may come back. $from ms ago at least. */
const mayMove = (
  from: string,
) => `r.finished_at < now() - ${from} * interval '1 ms' AND r.events_pruned_at IS NULL
    AND r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED') AND r.attempt_outcome IN ('finished', 'revoked', 'requeued')`;

/**
 * Looks at some runs that have events, in order of id: those that were moved have none, and cost nothing here.
 * $1 after which run, $2 up to which; $3 most; $4 how long ago they must have ended, ms. Rows: a LookedRun each.
 */
export const lookForLogs: Statement = {
  name: 'look-for-logs-to-move',
  text: `
WITH RECURSIVE ${runsWithEvents('$1', '$2', '$3')}
SELECT looked.run_id AS id, due.org_id AS "orgId" FROM looked LEFT JOIN LATERAL (
  SELECT r.org_id FROM runs r WHERE r.id = looked.run_id AND ${mayMove('$4::float8')} OFFSET 0
) due ON true
ORDER BY looked.run_id`,
};
/** `orgId` is null of one that is not to be moved. */
export interface LookedRun {
  id: string;
  orgId: string | null;
}

/** $1 run, $2 org, $3 object, $4 whoever claims it. Row: when nobody else is at it. */
export const claimLog: Statement = {
  name: 'claim-log-to-move',
  text: `
INSERT INTO moved_logs AS m (run_id, org_id, object, claim) VALUES ($1, $2, $3, $4)
ON CONFLICT (run_id) DO UPDATE SET claim = $4, claimed_at = now()
  WHERE m.moved_at IS NULL AND m.doomed_at IS NULL AND m.claimed_at < now() - ${claimTime}
RETURNING run_id`,
};

/** What could not be moved may be claimed again at once. $1 run, $2 whoever claimed it. */
export const releaseLog: Statement = {
  name: 'release-log-to-move',
  text: `UPDATE moved_logs SET claimed_at = 'epoch' WHERE run_id = $1 AND claim = $2 AND moved_at IS NULL`,
};

/** One that is too large is looked at again much later. $1 run, $2 whoever claimed it. */
export const keepLog: Statement = {
  name: 'keep-log-in-place',
  text: `
UPDATE moved_logs SET claimed_at = now() + interval '30 days' WHERE run_id = $1 AND claim = $2 AND moved_at IS NULL`,
};

/** $1 run, $2 after which seq, $3 most events, $4 most bytes beyond the first one. Rows: a WholeEvent each. */
export const wholeEvents: Statement = {
  name: 'whole-events',
  text: `
SELECT seq, kind, message, data, at, digest, octet_length(message) + COALESCE(octet_length(data::text), 0) AS bytes,
  octet_length(message) + COALESCE(pg_column_size(data), 0) AS stored
FROM (
  SELECT *, row_number() OVER (ORDER BY seq) AS place,
    sum(octet_length(message) + COALESCE(pg_column_size(data), 0)) OVER (ORDER BY seq) AS held
  FROM (SELECT * FROM events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) page
) measured
WHERE held <= $4 OR place = 1 ORDER BY seq`,
};
export type WholeEvent = Omit<Event, 'at'> & { at: Date; digest: number; bytes: number; stored: number };

/** One image after the other. $1 run, $2 after which seq, $3 and which index of it. Row: a WholeImage. */
export const nextImage: Statement = {
  name: 'next-image',
  text: `
SELECT seq, index, type, encode(bytes, 'base64') AS base64 FROM event_images
WHERE run_id = $1 AND (seq, index) > ($2, $3) ORDER BY seq, index LIMIT 1`,
};
export interface WholeImage {
  seq: number;
  index: number;
  type: ImageType;
  base64: string;
}

/** Behind this lock nobody prunes or deletes it. $1 run, $2 last seq that was packed. Row: when its log is as it was. */
export const lockMoved: Statement = {
  name: 'lock-run-whose-log-moves',
  text: `SELECT id FROM runs r WHERE id = $1 AND last_seq = $2 AND ${mayMove('0')} FOR NO KEY UPDATE`,
};

/** Notes the object. $1 run, $2 claim, $3 first and $4 last seq, $5 events, $6 bytes, $7 raw bytes, $8 checksum. Row: when it did. */
export const noteMoved: Statement = {
  name: 'note-moved-log',
  text: `
UPDATE moved_logs SET moved_at = now(), first_seq = $3, last_seq = $4, events = $5, bytes = $6, raw_bytes = $7, sha256 = $8,
  figures = (SELECT jsonb_agg(jsonb_build_object('seq', said.seq, 'message', said.message) ORDER BY said.seq)
    FROM (${saidOf('e.run_id = $1')}) said)
WHERE run_id = $1 AND claim = $2 AND moved_at IS NULL AND doomed_at IS NULL RETURNING run_id`,
};

/** $1 run. */
export const deleteMovedRows: Statement = {
  name: 'delete-rows-of-moved-log',
  text: `WITH images AS (DELETE FROM event_images WHERE run_id = $1) DELETE FROM events WHERE run_id = $1`,
};

/**
 * Objects that are to be deleted: of logs that are gone, and of those that nobody goes on moving as their run is gone.
 * $1 most. Rows: a DoomedObject each.
 */
export const doomedObjects: Statement = {
  name: 'doomed-objects',
  text: `
SELECT m.run_id AS id, m.object FROM moved_logs m
WHERE (m.moved_at IS NULL OR m.doomed_at IS NOT NULL) AND (m.moved_at IS NOT NULL OR m.claimed_at < now() - ${claimTime})
  AND (m.doomed_at IS NOT NULL
    OR NOT EXISTS (SELECT FROM runs r WHERE r.id = m.run_id AND r.events_pruned_at IS NULL))
ORDER BY m.run_id LIMIT $1`,
};
export interface DoomedObject {
  id: string;
  object: string;
}

/**
 * What is still to be done, counted up to 500: objects to be deleted, and logs to be moved, of the oldest runs with events. $1 up
 * to which run, $2 how long ago they must have ended, ms. Row: { doomed, due }.
 */
export const storeBacklog: Statement = {
  name: 'backlog-of-log-store',
  text: `
WITH RECURSIVE ${runsWithEvents("''", '$1', '500')}
SELECT (SELECT count(*) FROM (SELECT FROM moved_logs WHERE doomed_at IS NOT NULL LIMIT 500) doomed)::float8 AS doomed,
  (SELECT count(*) FROM looked JOIN runs r ON r.id = looked.run_id WHERE ${mayMove('$2::float8')}
    AND NOT EXISTS (SELECT FROM moved_logs m WHERE m.run_id = r.id AND m.claimed_at > now()))::float8 AS due`,
};

/** $1 run. */
export const forgetObject: Statement = {
  name: 'forget-object',
  text: 'DELETE FROM moved_logs WHERE run_id = $1',
};

/** $1 org. Row: { logs }. */
export const movedLogsOfOrg: Statement = {
  name: 'moved-logs-of-org',
  text: 'SELECT count(*) AS logs FROM moved_logs WHERE org_id = $1 AND moved_at IS NOT NULL AND doomed_at IS NULL',
};

/** Of an org's run whose log was moved and is still to be seen. $1 run, $2 org. Row: a MovedLog. */
export const movedLog: Statement = {
  name: 'moved-log',
  text: `
SELECT m.object, m.sha256 FROM moved_logs m JOIN runs r ON r.id = m.run_id
WHERE m.run_id = $1 AND m.moved_at IS NOT NULL AND m.doomed_at IS NULL AND r.org_id = $2 AND r.deleted_at IS NULL`,
};
export interface MovedLog {
  object: string;
  sha256: string;
}
