import { isFinal, type Run } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue, noted } from '../audit/noted.js';
import type { Database, Statement } from '../db/database.js';
import { newId } from '../db/ids.js';
import { ApiError, notFound } from '../errors.js';
import { presentRun, storedRun } from './present-run.js';
import { wholeRunColumns } from './sql/run-columns.js';
import { advanceThread } from './thread.js';
import { runChanged } from './wake.js';

/** Ends a queued run; of an active one it notes the wish and asks its runner. $1 run, $2 org, $3 command id, $4 who. A wish is noted once. */
const cancelRun: Statement = {
  name: 'cancel-run',
  text: `
WITH found AS (
  SELECT id, status, cancel_requested_at FROM runs
  WHERE id = $1 AND org_id = $2 AND status IN ('QUEUED', 'CLAIMED', 'RUNNING') FOR UPDATE
),
cancelled AS (
  UPDATE runs r SET
    cancel_requested_at = COALESCE(r.cancel_requested_at, now()),
    status = CASE WHEN found.status = 'QUEUED' THEN 'CANCELLED' ELSE r.status END,
    attempt_outcome = CASE WHEN found.status = 'QUEUED' AND r.attempt_outcome = 'lost' THEN 'revoked'
      ELSE r.attempt_outcome END,
    finished_at = CASE WHEN found.status = 'QUEUED' THEN now() ELSE r.finished_at END
  FROM found WHERE r.id = found.id
  RETURNING ${wholeRunColumns}
),
asked AS (
  INSERT INTO commands (id, run_id, runner_id, kind)
  SELECT $3, id, runner_id, 'cancel' FROM cancelled
  WHERE status <> 'CANCELLED' AND NOT EXISTS (SELECT FROM commands c WHERE c.run_id = cancelled.id AND c.kind = 'cancel')
),
noted AS (${noted({
    ...{ by: '$4', action: 'run.cancel', org: '$2', subject: 'found.id' },
    from: '(SELECT id FROM found WHERE cancel_requested_at IS NULL) found',
  })})
SELECT * FROM cancelled`,
};

export async function cancel(database: Database, orgId: string, runId: string, by?: Actor): Promise<Run> {
  const values = [runId, orgId, newId('cmd_'), actorValue(by)];
  const [row] = await database.query<Record<string, unknown>>(cancelRun, values);
  if (!row) {
    const run = await database.prisma.run.findFirst({
      where: { id: runId, orgId, deletedAt: null },
      select: { status: true },
    });
    if (!run) throw notFound('run');
    throw new ApiError('RUN_FINISHED', `The run has already ended: it is ${run.status}`);
  }
  const run = storedRun(row);
  runChanged(database, orgId, runId);
  if (isFinal(run.status)) await advanceThread(database, run.threadId);
  else if (run.runnerId) database.wakeups.wake(`runner:${run.runnerId}`);
  return presentRun(run);
}
