import type { Actor } from '../../audit/actor.js';
import { actorValue, noted } from '../../audit/noted.js';
import { someTimeMs } from '../../auth/shares.js';
import type { Database, Queryable, Statement } from '../../db/database.js';
import type { Run as StoredRun } from '../../db/generated/client.js';
import { ApiError, rateLimited } from '../../errors.js';
import { type PresentableRun, storedRun } from '../present-run.js';
import { wholeRunColumns } from './run-columns.js';

/** What a run is made of; the rest of the row comes with its life. */
export type NewRun = Pick<
  StoredRun,
  | 'id'
  | 'orgId'
  | 'threadId'
  | 'parentRunId'
  | 'fresh'
  | 'input'
  | 'cwd'
  | 'cwdKey'
  | 'permissionMode'
  | 'model'
  | 'labels'
  | 'priority'
  | 'sharedCwd'
  | 'pinned'
  | 'runnerId'
  | 'maxAttempts'
  | 'timeoutSec'
  | 'stallSec'
  | 'maxTurns'
  | 'maxBudgetUsd'
  | 'queueTtlSec'
  | 'approvalSec'
  | 'ready'
  | 'lane'
  | 'launchedBy'
> & {
  /** Who launches it, for the audit trail. */
  by?: Actor | undefined;
};

/** The key that launches a run. */
export interface Launcher {
  keyId: string;
  /** Runs that it may have queued; null is no limit. */
  mostQueued: number | null;
  by?: Actor;
}

/** How a run is stored that nothing has happened to; to read that back would cost a new run more than most else. */
export const untouched = {
  status: 'QUEUED',
  agentSessionId: null,
  attempt: 0,
  approvalsWaiting: 0,
  lastSeq: 0n,
  claimedAt: null,
  startedAt: null,
  finishedAt: null,
  cancelRequestedAt: null,
  deleteRequestedAt: null,
  parentDeletedAt: null,
  stalledAt: null,
  lostAt: null,
  eventsPrunedAt: null,
  textsPrunedAt: null,
  result: null,
  numTurns: null,
  costUsd: null,
  usage: null,
  failureCode: null,
  failureMessage: null,
  failureResetsAt: null,
} as const satisfies Omit<PresentableRun, keyof NewRun | 'createdAt'>;

/** The columns of a new run but for `runner_id`, and their parameters in order: `newRunValues`. */
export const newRunColumns = `id, org_id, thread_id, parent_run_id, input, cwd, cwd_key, permission_mode, model, labels, priority,
  queue_priority, shared_cwd, pinned, max_attempts, timeout_sec, stall_sec, max_turns, max_budget_usd, queue_ttl_sec,
  ready, lane, approval_sec, launched_by`;
export const newRunParameters = `$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14, $15, $16, $17, $18,
  $19, $20, $21, $22, $23`;
export const newRunValues = (run: NewRun): unknown[] => [
  run.id,
  run.orgId,
  run.threadId,
  run.parentRunId,
  run.input,
  run.cwd,
  run.cwdKey,
  run.permissionMode,
  run.model,
  run.labels,
  run.priority,
  run.sharedCwd,
  run.pinned,
  run.maxAttempts,
  run.timeoutSec,
  run.stallSec,
  run.maxTurns,
  run.maxBudgetUsd,
  run.queueTtlSec,
  run.ready,
  run.lane,
  run.approvalSec,
  run.launchedBy,
];

/** That a run was launched. @param by the parameter for who did, @param from what returns those that were stored */
export const launchNoted = (by: string, from: string) =>
  noted({
    ...{ by, from, org: 'org_id', subject: 'id' },
    action: { sql: `CASE WHEN parent_run_id IS NULL THEN 'run.launch' ELSE 'run.follow-up' END` },
    detail: `CASE WHEN parent_run_id IS NOT NULL THEN jsonb_build_object('parentRunId', parent_run_id) END`,
  });

const statement: Statement = {
  name: 'insert-run',
  text: `
WITH made AS (
  INSERT INTO runs (${newRunColumns}, runner_id, fresh, limited_by) VALUES (${newRunParameters}, $24, $25, $26)
  ON CONFLICT (id) DO NOTHING
  RETURNING id, org_id, parent_run_id, created_at
),
noted AS (${launchNoted('$27', 'made')})
SELECT created_at AS "createdAt" FROM made`,
};

/** $1 run, $2 org. */
const insertedBefore: Statement = {
  name: 'run-inserted-before',
  text: `SELECT ${wholeRunColumns}, r.deleted_at FROM runs r WHERE r.id = $1 AND r.org_id = $2`,
};

/** What an Idempotency-Key is answered whose run people deleted: to launch it again is not what they want. */
export const madeAndDeleted = () =>
  new ApiError(
    'IDEMPOTENCY_KEY_REUSED',
    'The run that an earlier request with this Idempotency-Key made was deleted. Use another key to launch it again',
  );

/** Queues a run, unless one with its id is there already: then that is what comes back. */
export async function insertRun(
  database: Queryable,
  run: NewRun,
  limitedBy: string | null = null,
): Promise<PresentableRun> {
  const values = [...newRunValues(run), run.runnerId, run.fresh, limitedBy, actorValue(run.by)];
  const [inserted] = await database.query<{ createdAt: Date }>(statement, values);
  if (inserted) return { ...run, ...untouched, createdAt: inserted.createdAt };
  const [there] = await database.query<Record<string, unknown>>(insertedBefore, [run.id, run.orgId]);
  if (!there) throw new Error('An insert returned no row');
  if (there.deleted_at !== null) throw madeAndDeleted();
  return storedRun(there);
}

/** $1 key. Who wants to queue a run that counts for it waits for those who do too. */
const lockKey: Statement = {
  name: 'lock-key-to-queue',
  text: 'SELECT FROM api_keys WHERE id = $1 FOR NO KEY UPDATE',
};

/** $1 org, $2 key, $3 the run, $4 how many are worth counting. */
const countQueued: Statement = {
  name: 'count-queued-of-key',
  text: `
SELECT EXISTS (SELECT FROM runs WHERE id = $3) AS made, count(*) AS queued
FROM (SELECT FROM runs WHERE org_id = $1 AND status = 'QUEUED' AND limited_by = $2 LIMIT $4) counted`,
};

/** The same for a key whose runs in the queue are limited, whichever servers are asked at once. Throws RATE_LIMITED. */
export function insertRunWithin(
  launcher: Launcher | undefined,
  database: Pick<Database, 'query' | 'transaction'>,
  run: NewRun,
): Promise<PresentableRun> {
  if (!launcher || launcher.mostQueued === null) return insertRun(database, run);
  const { keyId, mostQueued: most } = launcher;
  return database.transaction(async (tx) => {
    await tx.query(lockKey, [keyId]);
    const [found] = await tx.query<{ made: boolean; queued: number }>(countQueued, [
      run.orgId,
      keyId,
      run.id,
      most,
    ]);
    if (found && !found.made && found.queued >= most) {
      throw rateLimited(`This key may have ${most} sessions queued, and has them`, someTimeMs);
    }
    return insertRun(tx, run, keyId);
  });
}
