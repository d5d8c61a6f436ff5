import type { Statement } from '../../db/database.js';
import { erased } from './delete-run.js';

const due = (run: string) =>
  `${run}.deleted_at IS NULL AND ${run}.events_pruned_at IS NOT NULL AND ${run}.finished_at < now() - $1::float8 * interval '1 ms'
    AND ${run}.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;

/**
 * Locks those of some runs that ended long ago and whose events are gone, with the follow-ups that name them as their parent, in order of
 * id as whoever locks several does. It looks at runs in order of id, so that no index has to be kept for it.
 * $1 how long ago, ms; $2 after which id, $3 most runs looked at. Rows: a LockedOld, at least one.
 */
export const lockOldRuns: Statement = {
  name: 'lock-old-runs',
  text: `
WITH looked AS (
  SELECT r.id, r.thread_id, ${due('r')} AS due FROM runs r WHERE r.id > $2 ORDER BY r.id LIMIT $3
),
ids AS (
  SELECT id, bool_or(old) AS old FROM (
    SELECT id, true AS old FROM looked WHERE due
    UNION ALL SELECT c.id, false FROM looked l JOIN runs c ON c.thread_id = l.thread_id AND c.parent_run_id = l.id WHERE l.due
  ) one GROUP BY id
),
locked AS (
  SELECT r.*, ids.old FROM (SELECT * FROM ids ORDER BY id) ids CROSS JOIN LATERAL (
    SELECT r.id, r.status, r.deleted_at, r.events_pruned_at, r.finished_at FROM runs r WHERE r.id = ids.id FOR NO KEY UPDATE
  ) r
)
SELECT (SELECT max(id) FROM looked) AS last, l.id FROM (SELECT) one LEFT JOIN locked l ON l.old AND ${due('l')}`,
};
export interface LockedOld {
  /** Where to go on; null at the end. */
  last: string | null;
  /** One that is to be forgotten; null where there is none. */
  id: string | null;
}

/** What refers to approvals goes before them. $1 runs. */
export const deleteCommandsOf: Statement = {
  name: 'delete-commands-of-old-runs',
  text: 'DELETE FROM commands WHERE run_id = ANY ($1::text[])',
};

/**
 * What `eraseRun` does of one run, of several whose events are gone. Nothing is noted of it in the audit trail, as of all that
 * retention does; their Idempotency-Keys ran out before. $1 runs, whose commands are gone.
 */
export const eraseRuns: Statement = {
  name: 'erase-runs',
  text: `
WITH runs_here AS (UPDATE runs SET ${erased} WHERE id = ANY ($1::text[])),
approvals AS (DELETE FROM approvals WHERE run_id = ANY ($1::text[])),
attempts AS (DELETE FROM attempts WHERE run_id = ANY ($1::text[]))
DELETE FROM deletions WHERE run_id = ANY ($1::text[])`,
};

/** In a statement of its own: a follow-up may be one of those that were just erased. $1 runs. */
export const noteForgottenParents: Statement = {
  name: 'note-forgotten-parents',
  text: `
UPDATE runs r SET parent_deleted_at = p.deleted_at FROM runs p
WHERE p.id = ANY ($1::text[]) AND r.thread_id = p.thread_id AND r.parent_run_id = p.id AND r.parent_deleted_at IS NULL`,
};
