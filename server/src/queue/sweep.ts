import { type ExpiredApproval, expireUnheardApprovals } from '../approvals/sql/expire-unheard-approvals.js';
import type { Database, Statement } from '../db/database.js';
import { settleFigures } from '../usage/recount-costs.js';
import { deleteEnded } from './delete-run.js';
import { endPauses } from './pause.js';
import type { QueuePolicy } from './policy.js';
import {
  mostSwept,
  promoteAged,
  type SweptRun,
  stuckThreads,
  sweepExpired,
  sweepLeases,
} from './sql/sweep-runs.js';
import { advanceThread } from './thread.js';
import { runChanged, wakeForEnd, wakeForRun } from './wake.js';

/** How long a run waits behind more important ones at most, ms. */
const ageMs = 30 * 60_000;

/** How much longer than its limit a session may take: its runner ends it, and the end comes from a slow disk, ms. */
const overdueMs = 15 * 60_000;
/** How long a runner may take to start a session that it claimed, or to cancel one, ms. */
const answerMs = 10 * 60_000;
/** The longest limit there is, for a session without one: its runner has one of its own, ms. */
const mostMs = 604_800_000;

/** See Queue.sweep. */
export async function sweep(database: Database, policy: QueuePolicy): Promise<number> {
  await database.query(promoteAged, [ageMs]);
  const changed = [
    ...(await all(database, sweepLeases, [overdueMs, answerMs, mostMs, policy.leaseMs, policy.lostGraceMs])),
    ...(await all(database, sweepExpired, [])),
  ];
  // What a session had told until it was lost, or in attempts before, was used all the same.
  const over = changed.filter(({ status }) => status === 'FAILED' || status === 'CANCELLED');
  await settleFigures(
    database,
    over.map(({ id }) => id),
  );
  for (const run of changed) {
    runChanged(database, run.org_id, run.id);
    if (run.status === 'RUNNING') continue;
    wakeForEnd(database, run.org_id, run.runner_id);
    if (run.status === 'QUEUED') wakeForRun(database, run.org_id, run.runner_id);
  }
  for (const { id, orgId, runId } of await database.query<ExpiredApproval>(expireUnheardApprovals, [])) {
    runChanged(database, orgId, runId);
    database.changes.approval(orgId, id);
  }
  await endPauses(database);
  await deleteEnded(database);
  for (const { thread_id } of await database.query<{ thread_id: string }>(stuckThreads, [])) {
    await advanceThread(database, thread_id);
  }
  return changed.length;
}

/** When a large runner is lost its sessions are so many that one statement does not end them all. */
async function all(database: Database, statement: Statement, values: unknown[]): Promise<SweptRun[]> {
  const swept: SweptRun[] = [];
  for (;;) {
    const some = await database.query<SweptRun>(statement, values);
    swept.push(...some);
    if (some.length < mostSwept) return swept;
  }
}
