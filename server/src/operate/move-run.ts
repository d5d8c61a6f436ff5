import type { PermissionMode } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue, noted } from '../audit/noted.js';
import type { Database, Statement } from '../db/database.js';
import { laneOf } from '../queue/lanes.js';
import { runChanged, wakeForRun } from '../queue/wake.js';

interface Found {
  status: string;
  permission_mode: PermissionMode;
  shared_cwd: boolean;
  cwd_key: string;
  parent_run_id: string | null;
  fresh: boolean;
}

/** $1 run, $2 org. */
const findRun: Statement = {
  name: 'find-run-to-move',
  text: `
SELECT status, permission_mode, shared_cwd, cwd_key, parent_run_id, fresh FROM runs
WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL`,
};

/** $1 run, $2 runner or null, $3 lane, $4 who. Its place in the queue stays. No row where it was taken meanwhile. */
const move: Statement = {
  name: 'move-run',
  text: `
WITH moved AS (
  UPDATE runs SET pinned = $2::text IS NOT NULL, runner_id = $2, lane = $3
  WHERE id = $1 AND status = 'QUEUED' RETURNING id, org_id
),
noted AS (${noted({
    ...{ by: '$4', action: 'run.move', org: 'moved.org_id', subject: 'moved.id', from: 'moved' },
    detail: `jsonb_build_object('runnerId', $2::text)`,
  })})
SELECT id FROM moved`,
};

export type Moved = 'moved' | 'no-run' | 'no-runner' | 'not-queued' | 'bound';

/**
 * Lets a queued run wait for another runner, or for any.
 * @param runnerId null for any that allows its directory
 * @returns `bound` for a follow-up that resumes: its session is on the runner that has it
 */
export async function moveRun(
  database: Database,
  orgId: string,
  runId: string,
  runnerId: string | null,
  by?: Actor,
): Promise<Moved> {
  const [run] = await database.query<Found>(findRun, [runId, orgId]);
  if (!run) return 'no-run';
  if (run.status !== 'QUEUED') return 'not-queued';
  if (run.parent_run_id !== null && !run.fresh) return 'bound';
  if (runnerId !== null) {
    const where = { id: runnerId, orgId, deletedAt: null };
    if ((await database.prisma.runner.count({ where })) === 0) return 'no-runner';
  }
  const lane = laneOf({
    pinnedTo: runnerId,
    permissionMode: run.permission_mode,
    sharedCwd: run.shared_cwd,
    cwdKey: run.cwd_key,
  });
  const [moved] = await database.query(move, [runId, runnerId, lane, actorValue(by)]);
  if (!moved) return 'not-queued';
  runChanged(database, orgId, runId);
  wakeForRun(database, orgId, runnerId);
  return 'moved';
}
