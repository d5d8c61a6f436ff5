import type { Failure, FailureCode, PermissionMode, Run, Usage } from '@agentfleet/contract';
import type { Run as StoredRun } from '../db/generated/client.js';

/** What of a stored run callers see. */
export type PresentableRun = Omit<
  StoredRun,
  | 'orgId'
  | 'cwdKey'
  | 'queuePriority'
  | 'limitedBy'
  | 'launchedBy'
  | 'pinned'
  | 'ready'
  | 'lane'
  | 'queueOrder'
  | 'attemptToken'
  | 'attemptOutcome'
  | 'attemptFirstSeq'
  | 'logChecksum'
  | 'attemptsStarted'
  | 'leaseExpiresAt'
  | 'queuedAt'
  | 'watchedUntil'
  | 'backAt'
  | 'deletedAt'
>;

/** A run as callers see it. `queue` is filled in by `Queue.get`. */
export function presentRun(run: PresentableRun): Run {
  return {
    id: run.id,
    status: run.status,
    input: run.input,
    cwd: run.cwd,
    permissionMode: run.permissionMode as PermissionMode,
    model: run.model,
    runnerId: run.runnerId,
    parentRunId: run.parentRunId,
    parentDeletedAt: iso(run.parentDeletedAt),
    threadId: run.threadId,
    fresh: run.fresh,
    agentSessionId: run.agentSessionId,
    labels: run.labels,
    priority: run.priority,
    sharedCwd: run.sharedCwd,
    retry: { maxAttempts: run.maxAttempts },
    timeoutSec: run.timeoutSec,
    stallSec: run.stallSec,
    maxTurns: run.maxTurns,
    maxBudgetUsd: run.maxBudgetUsd,
    queueTtlSec: run.queueTtlSec,
    approvalSec: run.approvalSec,
    attempt: run.attempt,
    queue: null,
    createdAt: run.createdAt.toISOString(),
    claimedAt: iso(run.claimedAt),
    startedAt: iso(run.startedAt),
    finishedAt: iso(run.finishedAt),
    durationMs:
      run.startedAt && run.finishedAt
        ? Math.max(0, run.finishedAt.getTime() - run.startedAt.getTime())
        : null,
    cancelRequestedAt: iso(run.cancelRequestedAt),
    deleteRequestedAt: iso(run.deleteRequestedAt),
    approvalsWaiting: run.status === 'RUNNING' ? run.approvalsWaiting : 0,
    stalledAt: iso(run.stalledAt),
    lostAt: run.status === 'RUNNING' ? iso(run.lostAt) : null,
    lastSeq: Number(run.lastSeq),
    eventsPrunedAt: iso(run.eventsPrunedAt),
    textsPrunedAt: iso(run.textsPrunedAt),
    numTurns: run.numTurns,
    costUsd: run.costUsd,
    usage: run.usage as Usage | null,
    result: run.result,
    failure: presentFailure(run),
  };
}

export function presentFailure({
  failureCode,
  failureMessage,
  failureResetsAt,
}: Pick<PresentableRun, 'failureCode' | 'failureMessage' | 'failureResetsAt'>): Failure | null {
  if (failureCode === null) return null;
  return {
    code: failureCode as FailureCode,
    message: failureMessage ?? '',
    ...(failureCode === 'usage_limit' && { resetsAt: iso(failureResetsAt) }),
  };
}

/** A row of `runs` as a hand-written statement returns it (`snake_case`), in the shape of the model. */
export function storedRun(row: Record<string, unknown>): StoredRun {
  const stored: Record<string, unknown> = {};
  for (const column in row) stored[fieldOf(column)] = row[column];
  return stored as StoredRun;
}

const fields = new Map<string, string>();
function fieldOf(column: string): string {
  const known = fields.get(column);
  if (known !== undefined) return known;
  const field = column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  fields.set(column, field);
  return field;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;
