import type { RunStatus } from '@agentfleet/contract';
import { noted } from '../../audit/noted.js';
import type { Statement } from '../../db/database.js';

/**
 * Locks a run and the follow-ups that name it as their parent, in order of id as whoever locks several does. $1 run, $2 org.
 * Row: a LockedRun; none when the org has no such run, or it was deleted before.
 */
export const lockRunToDelete: Statement = {
  name: 'lock-run-to-delete',
  text: `
WITH run AS (
  SELECT id, thread_id FROM runs WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL
),
ids AS (
  SELECT id FROM run
  UNION ALL SELECT c.id FROM runs c JOIN run ON c.thread_id = run.thread_id AND c.parent_run_id = run.id
),
locked AS (
  SELECT r.* FROM (SELECT id FROM ids ORDER BY id) ids CROSS JOIN LATERAL (
    SELECT r.id, r.status, r.deleted_at FROM runs r WHERE r.id = ids.id FOR NO KEY UPDATE
  ) r
)
SELECT status FROM locked WHERE id = $1 AND deleted_at IS NULL`,
};
export interface LockedRun {
  status: RunStatus;
}

/** What refers to approvals goes before them. $1 run. */
export const deleteCommands: Statement = {
  name: 'delete-commands',
  text: 'DELETE FROM commands WHERE run_id = $1',
};

/** Nobody is shown a log from when some of it is gone. $1 run. */
export const hideLog: Statement = {
  name: 'hide-log-to-delete',
  text: 'UPDATE runs SET events_pruned_at = now() WHERE id = $1 AND events_pruned_at IS NULL',
};

/** What of a run's row is emptied or noted when it is deleted. */
export const erased = `deleted_at = now(), events_pruned_at = COALESCE(events_pruned_at, now()),
    texts_pruned_at = COALESCE(texts_pruned_at, now()), input = '', result = NULL, failure_message = NULL,
    approvals_waiting = 0, attempt_outcome = 'revoked'`;

/**
 * Deletes what there is of a run that has ended, behind its lock, so that nothing is added meanwhile. Its row stays, without a
 * text: what it cost is counted, follow-ups resume its session, and its runner is told why nothing of it is taken any
 * more. Of an Idempotency-Key stays that it was used. $1 run, $2 who.
 */
export const eraseRun: Statement = {
  name: 'erase-run',
  text: `
WITH run AS (
  UPDATE runs SET ${erased}
  WHERE id = $1
  RETURNING id, org_id, thread_id
),
events AS (DELETE FROM events WHERE run_id = $1),
images AS (DELETE FROM event_images WHERE run_id = $1),
approvals AS (DELETE FROM approvals WHERE run_id = $1),
attempts AS (DELETE FROM attempts WHERE run_id = $1),
deletions AS (DELETE FROM deletions WHERE run_id = $1),
children AS (
  UPDATE runs r SET parent_deleted_at = now() FROM run WHERE r.thread_id = run.thread_id AND r.parent_run_id = run.id
),
noted AS (${noted({ by: '$2', action: 'run.delete', org: 'run.org_id', subject: 'run.id', from: 'run' })})
UPDATE idempotency_keys k SET response = NULL FROM run WHERE k.org_id = run.org_id AND k.subject = run.id`,
};

/** Notes that a run is to be deleted when it has ended. $1 run, $2 org, $3 who. Row: { id } while it has not. */
export const requestDeletion: Statement = {
  name: 'request-deletion',
  text: `
WITH asked AS (
  UPDATE runs SET delete_requested_at = COALESCE(delete_requested_at, now())
  WHERE id = $1 AND org_id = $2 AND status IN ('QUEUED', 'CLAIMED', 'RUNNING')
  RETURNING id
),
noted AS (
  INSERT INTO deletions (run_id) SELECT id FROM asked ON CONFLICT (run_id) DO NOTHING
  RETURNING run_id
),
told AS (${noted({ by: '$3', action: 'run.delete-later', org: '$2', subject: 'noted.run_id', from: 'noted' })})
SELECT id FROM asked`,
};

/**
 * Of the runs that are to be deleted those that have ended, and those that nobody cancelled, as a server died before it did.
 * Rows: a DueDeletion each.
 */
export const dueDeletions: Statement = {
  name: 'due-deletions',
  text: `
SELECT r.id, r.org_id AS "orgId", r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED') AS ended
FROM deletions d JOIN runs r ON r.id = d.run_id
WHERE r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED') OR r.cancel_requested_at IS NULL
ORDER BY d.requested_at LIMIT 100`,
};
export interface DueDeletion {
  id: string;
  orgId: string;
  ended: boolean;
}

/** A follow-up that was stored while its parent was being deleted says so too. $1 the follow-up. */
export const noteDeletedParent: Statement = {
  name: 'note-deleted-parent',
  text: `
UPDATE runs r SET parent_deleted_at = p.deleted_at FROM runs p
WHERE r.id = $1 AND p.id = r.parent_run_id AND p.deleted_at IS NOT NULL AND r.parent_deleted_at IS NULL`,
};
