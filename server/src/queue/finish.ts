import {
  type FailureCode,
  type FinishedRun,
  type FinishRun,
  isFinal,
  type StartedRun,
  type StartRun,
} from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { ApiError, notFound } from '../errors.js';
import { together } from '../together.js';
import { settleFigures } from '../usage/recount-costs.js';
import type { QueuePolicy } from './policy.js';
import {
  type FinishedRow,
  finishRuns,
  type InspectedAttempt,
  inspectAttempt,
  type StartedRow,
  startRun,
} from './sql/finish-run.js';
import { advanceThread } from './thread.js';
import { runChanged, wakeForEnd } from './wake.js';

/**
 * Many in a statement, for each costs less then, but not more than a few results, which may have a megabyte each; and two
 * statements at once, so that the one's work is done while the other's waits for the disk.
 */
const batches = {
  most: 16,
  atOnce: 2,
  mostBytes: 1_000_000,
  bytesOf: ({ request }: Finish) => Buffer.byteLength(request.result ?? ''),
};

export function staleAttempt({ deleted } = { deleted: false }): ApiError {
  if (!deleted) return new ApiError('STALE_ATTEMPT', 'The run is no longer this attempt’s. Stop its work.');
  return new ApiError('STALE_ATTEMPT', 'The run was deleted. Stop its work, and keep nothing of it.', {
    deleted,
  });
}

export async function start(
  database: Database,
  orgId: string,
  runId: string,
  request: StartRun,
  policy: QueuePolicy,
  byRunner: string | null,
): Promise<StartedRun> {
  const values = [runId, orgId, request.token, policy.leaseMs, byRunner];
  const [started] = await database.query<StartedRow>(startRun, values);
  if (started) {
    runChanged(database, orgId, runId);
    if (!started.unwanted) return { serverTime: started.serverTime.toISOString() };
    wakeForEnd(database, orgId, started.runnerId);
    await advanceThread(database, started.threadId);
    throw staleAttempt();
  }
  const inspected = [runId, orgId, request.token, byRunner];
  const [run] = await database.query<InspectedAttempt>(inspectAttempt, inspected);
  throw run ? staleAttempt(run) : notFound('run');
}

interface Finish {
  orgId: string;
  runId: string;
  request: FinishRun;
  byRunner: string | null;
}

/** @param failure code of one that failed */
export type OnEnd = (status: FinishedRun['status'], failure: FailureCode | undefined) => void;

/** Finishes that come while others are written are written together: it costs a fraction of one each. */
export class Finisher {
  readonly #database: Database;
  readonly #onEnd: OnEnd;
  readonly #together: (finish: Finish) => Promise<FinishedRow | undefined>;

  /** @param onEnd hears of each that is written, once */
  constructor(database: Database, onEnd: OnEnd) {
    this.#database = database;
    this.#onEnd = onEnd;
    this.#together = together({ ...batches, partyOf: ({ orgId }) => orgId }, (finishes) =>
      this.#write(finishes),
    );
  }

  /** See Queue.finish. */
  async finish(finish: Finish): Promise<FinishedRun> {
    const { orgId, runId } = finish;
    const row = await this.#together(finish);
    if (!row) return refuseOrRepeat(this.#database, finish);
    this.#onEnd(row.status, finish.request.failure?.code);
    if (row.hadBefore) await settleFigures(this.#database, [runId]);
    runChanged(this.#database, orgId, runId);
    wakeForEnd(this.#database, orgId, row.runnerId);
    if (row.othersWait) await advanceThread(this.#database, row.threadId);
    return { id: row.id, status: row.status };
  }

  async #write(finishes: Finish[]): Promise<(FinishedRow | undefined)[]> {
    const sorted = [...finishes].sort((one, other) => (one.runId < other.runId ? -1 : 1));
    const column = (pick: (finish: Finish) => unknown) => sorted.map(pick);
    const rows = await this.#database.query<FinishedRow>(finishRuns, [
      column(({ runId }) => runId),
      column(({ orgId }) => orgId),
      column(({ request }) => request.token),
      column(({ request }) => request.lastSeq),
      column(({ request }) => request.logChecksum),
      column(({ request }) => request.status),
      column(({ request }) => request.failure?.code ?? null),
      column(({ request }) => request.failure?.message ?? null),
      column(({ request }) => request.agentSessionId),
      column(({ request }) => request.result),
      column(({ request }) => request.numTurns),
      column(({ request }) => request.costUsd),
      column(({ request }) => request.usage && JSON.stringify(request.usage)),
      column(({ request }) => request.failure?.resetsAt ?? null),
      column(({ byRunner }) => byRunner),
    ]);
    const byToken = new Map(rows.map((row) => [row.token, row]));
    return finishes.map(({ request }) => byToken.get(request.token));
  }
}

/** A finish that had been done before is answered alike; every other one is told what is wrong. */
async function refuseOrRepeat(
  database: Database,
  { orgId, runId, byRunner, request: { token, lastSeq, logChecksum } }: Finish,
): Promise<FinishedRun> {
  const inspected = [runId, orgId, token, byRunner];
  const [attempt] = await database.query<InspectedAttempt>(inspectAttempt, inspected);
  if (!attempt) throw notFound('run');
  if (attempt.deleted || !attempt.current) throw staleAttempt(attempt);
  if (attempt.outcome === 'finished' && isFinal(attempt.status)) return { id: runId, status: attempt.status };
  if (attempt.outcome !== null && attempt.outcome !== 'lost') throw staleAttempt();
  if (attempt.last_seq < lastSeq) {
    throw new ApiError(
      'LOG_INCOMPLETE',
      `The log ends at seq ${attempt.last_seq}, the finish says ${lastSeq}. Append what is missing, then finish again.`,
      { lastSeq: attempt.last_seq },
    );
  }
  if (attempt.last_seq > lastSeq || attempt.log_checksum !== logChecksum) {
    const rewindTo = attempt.first_seq - 1;
    throw new ApiError(
      'LOG_INCOMPLETE',
      `The stored log differs from the finish. Append the events after seq ${rewindTo} again, then finish again.`,
      { lastSeq: rewindTo },
    );
  }
  throw staleAttempt();
}
