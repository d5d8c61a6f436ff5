import type { FinishRun, Run, StartRun } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { ApiError, notFound } from '../errors.js';
import { presentRun, storedRun } from './present-run.js';
import type { QueuePolicy } from './queue.js';
import { finishRun, type InspectedAttempt, inspectAttempt, startRun } from './sql/finish-run.js';
import { advanceThread } from './thread.js';

export function staleAttempt(): ApiError {
  return new ApiError('STALE_ATTEMPT', 'The run is no longer this attempt’s. Stop its work.');
}

export async function start(
  database: Database,
  orgId: string,
  runId: string,
  request: StartRun,
  policy: QueuePolicy,
): Promise<void> {
  const [started] = await database.query(startRun, [runId, orgId, request.token, policy.leaseMs]);
  if (started) return database.wakeups.wake(`run:${runId}`);
  const [run] = await database.query<InspectedAttempt>(inspectAttempt, [runId, orgId, request.token]);
  throw run ? staleAttempt() : notFound('run');
}

export async function finish(
  database: Database,
  orgId: string,
  runId: string,
  request: FinishRun,
): Promise<Run> {
  const { token, lastSeq, logChecksum, failure } = request;
  const [row] = await database.query<Record<string, unknown>>(finishRun, [
    runId,
    orgId,
    token,
    lastSeq,
    logChecksum,
    request.status,
    failure?.code ?? null,
    failure?.message ?? null,
    request.agentSessionId,
    request.result,
    request.numTurns,
    request.costUsd,
    request.usage === null ? null : JSON.stringify(request.usage),
  ]);
  if (!row) return refuseOrRepeat(database, orgId, runId, request);
  const run = storedRun(row);
  database.wakeups.wake(`run:${runId}`);
  // The directory, the slot and the org's share are free again.
  database.wakeups.wake(`queue:${orgId}`);
  if (row.others_wait) await advanceThread(database, run.threadId);
  return presentRun(run);
}

/** A finish that had been done before is answered alike; every other one is told what is wrong. */
async function refuseOrRepeat(
  database: Database,
  orgId: string,
  runId: string,
  { token, lastSeq, logChecksum }: FinishRun,
): Promise<Run> {
  const [attempt] = await database.query<InspectedAttempt>(inspectAttempt, [runId, orgId, token]);
  if (!attempt) throw notFound('run');
  if (attempt.number === null || attempt.number !== attempt.attempt) throw staleAttempt();
  if (attempt.outcome === 'finished') {
    const run = await database.prisma.run.findFirst({ where: { id: runId, orgId } });
    if (!run) throw notFound('run');
    return presentRun(run);
  }
  if (attempt.outcome !== null && attempt.outcome !== 'lost') throw staleAttempt();
  if (attempt.last_seq < lastSeq) {
    throw new ApiError(
      'LOG_INCOMPLETE',
      `The log ends at seq ${attempt.last_seq}, the finish says ${lastSeq}. Append what is missing, then finish again.`,
      { lastSeq: attempt.last_seq },
    );
  }
  if (attempt.last_seq > lastSeq || attempt.log_checksum !== logChecksum) {
    const rewindTo = (attempt.first_seq ?? 1) - 1;
    throw new ApiError(
      'LOG_INCOMPLETE',
      `The stored log differs from the finish. Append the events after seq ${rewindTo} again, then finish again.`,
      { lastSeq: rewindTo },
    );
  }
  throw staleAttempt();
}
