import { isFinal, type Run } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue } from '../audit/noted.js';
import type { Database } from '../db/database.js';
import { ApiError, notFound, unless } from '../errors.js';
import { deleteEvents } from '../eventlog/sql/delete-events.js';
import { cancel } from './cancel.js';
import { presentRun } from './present-run.js';
import {
  type DueDeletion,
  deleteCommands,
  dueDeletions,
  eraseRun,
  hideLog,
  type LockedRun,
  lockRunToDelete,
  requestDeletion,
} from './sql/delete-run.js';
import { runChanged } from './wake.js';

/** Events of one step: what waits for the run's lock, and for the disk, waits for one at most. */
const eventsAtOnce = 2_000;

/** See Queue.delete. */
export async function deleteRun(
  database: Database,
  orgId: string,
  runId: string,
  cancelFirst: boolean,
  by?: Actor,
): Promise<Run | undefined> {
  if (await erase(database, orgId, runId, by)) return undefined;
  if (!cancelFirst) {
    throw new ApiError(
      'RUN_ACTIVE',
      'The run has not ended. Cancel it first, or delete it with ?cancel=true',
    );
  }
  await database.query(requestDeletion, [runId, orgId, actorValue(by)]);
  await cancelUnlessEnded(database, orgId, runId, by);
  if (await erase(database, orgId, runId, by)) return undefined;
  const run = await database.prisma.run.findFirst({ where: { id: runId, orgId, deletedAt: null } });
  return run ? presentRun(run) : undefined;
}

/** Deletes what was to be deleted when it has ended, and has. Any server may do it at any time. */
export async function deleteEnded(database: Database): Promise<void> {
  for (const { id, orgId, ended } of await database.query<DueDeletion>(dueDeletions, [])) {
    if (!ended) await cancelUnlessEnded(database, orgId, id);
    // Another server may have been faster.
    await erase(database, orgId, id).catch(unless('NOT_FOUND'));
  }
}

/** @returns whether it is deleted; false: it has not ended. Throws NOT_FOUND. */
async function erase(database: Database, orgId: string, runId: string, by?: Actor): Promise<boolean> {
  let erased: boolean | undefined;
  while (erased === undefined) {
    erased = await database.transaction(async (tx) => {
      const [run] = await tx.query<LockedRun>(lockRunToDelete, [runId, orgId]);
      if (!run) throw notFound('run');
      if (!isFinal(run.status)) return false;
      const [left] = await tx.query<{ full: boolean }>(deleteEvents, [[runId], eventsAtOnce]);
      if (left?.full) {
        await tx.query(hideLog, [runId]);
        return undefined;
      }
      await tx.query(deleteCommands, [runId]);
      await tx.query(eraseRun, [runId, actorValue(by)]);
      return true;
    });
  }
  // Whoever watches it is told that it is gone.
  if (erased) runChanged(database, orgId, runId);
  return erased;
}

async function cancelUnlessEnded(
  database: Database,
  orgId: string,
  runId: string,
  by?: Actor,
): Promise<void> {
  await cancel(database, orgId, runId, by).catch(unless('RUN_FINISHED'));
}
