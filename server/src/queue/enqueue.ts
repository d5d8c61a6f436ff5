import { type CreateFollowup, type CreateRun, isFinal, parseDirectory, type Run } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { newRunId } from '../db/ids.js';
import { ApiError, notFound } from '../errors.js';
import type { Dispatchers } from './dispatch/dispatchers.js';
import { laneOf } from './lanes.js';
import { presentRun } from './present-run.js';
import { noteDeletedParent } from './sql/delete-run.js';
import { insertRunWithin, type Launcher, type NewRun } from './sql/insert-run.js';
import { advanceThread } from './thread.js';
import { wakeForRun } from './wake.js';

export async function enqueue(
  { database, dispatchers }: { database: Database; dispatchers: Dispatchers },
  orgId: string,
  request: CreateRun,
  id = newRunId(database.now()),
  launcher?: Launcher,
): Promise<Run> {
  const runnerId = request.runnerId ?? null;
  if (runnerId !== null) {
    const known = await database.prisma.runner.count({ where: { id: runnerId, orgId, deletedAt: null } });
    if (known === 0) return (await madeBefore(database, orgId, id)) ?? refuse(notFound('runner'));
  }
  const cwdKey = parseDirectory(request.cwd)?.key ?? request.cwd;
  const run: NewRun = {
    id,
    orgId,
    threadId: id,
    parentRunId: null,
    fresh: false,
    input: request.prompt,
    cwd: request.cwd,
    cwdKey,
    permissionMode: request.permissionMode,
    model: request.model ?? null,
    labels: request.labels,
    priority: request.priority,
    sharedCwd: request.sharedCwd,
    pinned: runnerId !== null,
    runnerId,
    maxAttempts: request.retry.maxAttempts,
    timeoutSec: request.timeoutSec ?? null,
    stallSec: request.stallSec ?? null,
    maxTurns: request.maxTurns ?? null,
    maxBudgetUsd: request.maxBudgetUsd ?? null,
    queueTtlSec: request.queueTtlSec ?? null,
    approvalSec: request.approvalSec,
    ready: true,
    lane: laneOf({ ...request, pinnedTo: runnerId, cwdKey }),
    launchedBy: launcher?.keyId ?? null,
    by: launcher?.by,
  };
  const isLimited = launcher !== undefined && launcher.mostQueued !== null;
  // What counts for a key is queued first: whoever is given a run at once asks nobody how many wait.
  const stored = run.pinned || isLimited ? undefined : await dispatchers.giveNew(run);
  if (stored?.given) return presentRun(stored.run);
  const queued = stored?.run ?? (await insertRunWithin(launcher, database, run));
  wakeForRun(database, orgId, runnerId);
  database.changes.run(orgId, queued.id);
  return presentRun(queued);
}

/**
 * A follow-up waits in its thread until the runs before it have ended, then in the queue of its parent's runner.
 * It inherits what its parent was asked for, limits included. A fresh one begins a session of its own, which what
 * follows it then resumes.
 */
export async function followUp(
  database: Database,
  orgId: string,
  parentRunId: string,
  request: CreateFollowup,
  id = newRunId(database.now()),
  launcher?: Launcher,
): Promise<Run> {
  const parent = await database.prisma.run.findFirst({ where: { id: parentRunId, orgId, deletedAt: null } });
  if (!parent) throw notFound('run');
  const fresh = request.fresh === true;
  if (!fresh && isFinal(parent.status) && parent.agentSessionId === null) {
    return (await madeBefore(database, orgId, id)) ?? refuse(noSession());
  }
  if (request.prompt === undefined && parent.textsPrunedAt !== null) {
    throw new ApiError(
      'VALIDATION_FAILED',
      'prompt: is required: that of the parent was removed by retention',
    );
  }
  const run = await insertRunWithin(launcher, database, {
    id,
    orgId,
    threadId: parent.threadId,
    parentRunId,
    fresh,
    input: request.prompt ?? parent.input,
    cwd: parent.cwd,
    cwdKey: parent.cwdKey,
    permissionMode: parent.permissionMode,
    model: parent.model,
    labels: parent.labels,
    priority: parent.priority,
    sharedCwd: parent.sharedCwd,
    pinned: parent.runnerId !== null || !fresh,
    runnerId: parent.runnerId,
    maxAttempts: parent.maxAttempts,
    timeoutSec: parent.timeoutSec,
    stallSec: parent.stallSec,
    maxTurns: parent.maxTurns,
    maxBudgetUsd: parent.maxBudgetUsd,
    queueTtlSec: parent.queueTtlSec,
    approvalSec: parent.approvalSec,
    ready: false,
    lane: '',
    launchedBy: launcher?.keyId ?? null,
    by: launcher?.by,
  });
  database.changes.run(orgId, id);
  await database.query(noteDeletedParent, [id]);
  await advanceThread(database, parent.threadId);
  return presentRun(run);
}

const noSession = () =>
  new ApiError(
    'NO_SESSION_TO_RESUME',
    'Claude Code has no session of that run which could be resumed. Begin one with {"fresh":true}, in the same thread and with the same prompt unless you give another.',
  );

/** A repeated request is not refused what it got when it was new. */
async function madeBefore(database: Database, orgId: string, id: string): Promise<Run | undefined> {
  const run = await database.prisma.run.findFirst({ where: { id, orgId, deletedAt: null } });
  return run ? presentRun(run) : undefined;
}

function refuse(error: ApiError): never {
  throw error;
}
