import type { Statement } from '../../db/database.js';

/** Takes turns on a thread. $1 thread. */
export const lockThread: Statement = {
  name: 'lock-thread',
  text: 'SELECT id FROM runs WHERE id = $1 FOR UPDATE',
};

const isUnderway = `(a.status IN ('CLAIMED', 'RUNNING') OR (a.status = 'QUEUED' AND a.ready))`;

/**
 * Whether a run of the thread is to be carried out or is being so, but for the follow-ups that wait. A thread is named
 * after its first run, and only follow-ups are indexed by it.
 * @param thread SQL of the thread's id
 */
export const threadIsBusy = (thread: string) => `(
  EXISTS (SELECT FROM runs a WHERE a.id = ${thread} AND ${isUnderway})
  OR EXISTS (SELECT FROM runs a WHERE a.thread_id = ${thread} AND a.parent_run_id IS NOT NULL AND ${isUnderway}))`;

/**
 * The follow-up whose turn it is, if the thread is free; read after the lock is held. $1 thread.
 * Row: the waiting run's id, org, lane parts, whether it is fresh, and its parent's session and runner.
 */
export const nextInThread: Statement = {
  name: 'next-in-thread',
  text: `
SELECT w.id, w.org_id, w.permission_mode, w.shared_cwd, w.cwd_key, w.fresh, p.agent_session_id, p.runner_id
FROM runs w JOIN runs p ON p.id = w.parent_run_id
WHERE w.thread_id = $1 AND w.status = 'QUEUED' AND NOT w.ready
  AND NOT ${threadIsBusy('$1')}
ORDER BY w.queue_order LIMIT 1`,
};

/** $1 run, $2 runner or null, $3 lane. */
export const makeReady: Statement = {
  name: 'make-ready',
  text: `UPDATE runs SET ready = true, pinned = $2::text IS NOT NULL, runner_id = $2, lane = $3,
  queued_at = now() WHERE id = $1 AND status = 'QUEUED'`,
};

/** $1 run. */
export const failWithoutSession: Statement = {
  name: 'fail-without-session',
  text: `
UPDATE runs SET status = 'FAILED', finished_at = now(), failure_code = 'no_session_to_resume',
  failure_message = 'The run that it follows ended without a Claude session that could be resumed.'
WHERE id = $1 AND status = 'QUEUED'`,
};
