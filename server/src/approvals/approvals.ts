import { isDeepStrictEqual } from 'node:util';
import type {
  Approval,
  ApprovalRow,
  ApprovalsQuery,
  DecideApproval,
  Decision,
  RequestApproval,
  RequestedApproval,
} from '@agentfleet/contract';
import { ApprovalId } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue } from '../audit/noted.js';
import type { Database } from '../db/database.js';
import { newApprovalId, newId } from '../db/ids.js';
import { ApiError, notFound } from '../errors.js';
import { staleAttempt } from '../queue/finish.js';
import { defaultPolicy, type QueuePolicy } from '../queue/policy.js';
import { type InspectedAttempt, inspectAttempt } from '../queue/sql/finish-run.js';
import { runChanged } from '../queue/wake.js';
import { presentApproval, type StoredApproval } from './sql/approval-row.js';
import { decideApproval } from './sql/decide-approval.js';
import { requestApproval } from './sql/request-approval.js';
import { selectApproval, selectApprovals } from './sql/select-approvals.js';

/** Told of each answer of a person, and how long the session had waited for it, ms. */
type Answered = (decision: 'allowed' | 'denied', ms: number) => void;

/**
 * Tool permissions that sessions ask for and people give. Scoped to an org as the queue is. A session waits at its
 * runner, whoever looks; what is decided reaches the runner as a command.
 */
export class Approvals {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #answered: Answered;

  constructor(
    database: Database,
    { leaseMs }: Pick<QueuePolicy, 'leaseMs'> = defaultPolicy,
    answered: Answered = () => undefined,
  ) {
    this.#database = database;
    this.#answered = answered;
    this.#leaseMs = leaseMs;
  }

  /**
   * What a runner says of a permission its session waits for; see RequestApproval. Throws STALE_ATTEMPT when the
   * attempt does not hold a started run.
   * @param byRunner the runner that a credential speaks for: runs that it never had are NOT_FOUND
   */
  async request(
    orgId: string,
    runId: string,
    request: RequestApproval,
    byRunner: string | null = null,
  ): Promise<RequestedApproval> {
    const { token } = request;
    const seen = await this.#note(orgId, runId, request, byRunner);
    // What another server wrote while this one waited for the run's lock is only seen by a second look: nothing then, or
    // one that waits although this very statement would have closed it.
    const isOld = seen?.state === 'waiting' && (request.withdrawn || seen.expiresInMs === 0);
    const row = seen && !isOld ? seen : await this.#note(orgId, runId, request, byRunner);
    if (!row) {
      const [run] = await this.#database.query<InspectedAttempt>(inspectAttempt, [
        runId,
        orgId,
        token,
        byRunner,
      ]);
      throw run ? staleAttempt(run) : notFound('run');
    }
    if (row.changed) {
      runChanged(this.#database, orgId, runId);
      this.#database.changes.approval(orgId, row.id);
    }
    const waits = row.state === 'waiting';
    return {
      id: row.id,
      state: row.state,
      // A waiting one whose time is up within this ms is asked for again soon.
      expiresInMs: waits ? row.expiresInMs : 0,
      decision: decisionOf(row),
    };
  }

  /**
   * Newest first, of large inputs the beginning. Throws VALIDATION_FAILED on a cursor that no list gave out.
   * @param onlyRunner of its sessions alone
   */
  async list(
    orgId: string,
    query: ApprovalsQuery,
    onlyRunner?: string,
    over?: AbortSignal,
  ): Promise<{ data: ApprovalRow[]; nextCursor: string | null }> {
    const { cursor, limit } = query;
    if (cursor !== undefined && !ApprovalId.safeParse(cursor).success) {
      throw new ApiError('VALIDATION_FAILED', 'cursor: is not a nextCursor of this list');
    }
    const { statement, values } = selectApprovals(orgId, query, onlyRunner);
    const rows = await this.#database.ask<StoredApproval & { truncated: boolean }>(statement, values, over);
    const page = rows.slice(0, limit);
    return {
      data: page.map(presentRow),
      nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  }

  async get(orgId: string, approvalId: string): Promise<Approval> {
    const [row] = await this.#database.query<StoredApproval>(selectApproval, [orgId, approvalId]);
    if (!row) throw notFound('approval');
    return presentApproval(row);
  }

  /**
   * Allows or denies, once; the name of who does is shown. Said again alike under the same name it is answered alike. Throws
   * APPROVAL_CLOSED, which says what became of it.
   */
  async decide(orgId: string, approvalId: string, request: DecideApproval, by: Actor): Promise<Approval> {
    const allowed = request.decision === 'allow';
    const [decided] = await this.#database.query<{ runId: string; runnerId: string }>(decideApproval, [
      approvalId,
      orgId,
      allowed,
      by.name,
      request.forSession ?? false,
      request.reason ?? null,
      request.answers ? JSON.stringify(request.answers) : null,
      newId('cmd_'),
      actorValue(by),
    ]);
    const approval = await this.get(orgId, approvalId);
    if (decided) {
      runChanged(this.#database, orgId, decided.runId);
      this.#database.changes.approval(orgId, approvalId);
      this.#database.wakeups.wake(`runner:${decided.runnerId}`);
      const { requestedAt, decidedAt } = approval;
      if (decidedAt !== null) {
        this.#answered(allowed ? 'allowed' : 'denied', Date.parse(decidedAt) - Date.parse(requestedAt));
      }
      return approval;
    }
    const isRepeated =
      approval.state === (allowed ? 'allowed' : 'denied') &&
      approval.decidedBy === by.name &&
      approval.forSession === (request.forSession ?? false) &&
      approval.reason === (request.reason ?? null) &&
      isDeepStrictEqual(approval.answers, request.answers ?? null);
    if (isRepeated) return approval;
    throw new ApiError('APPROVAL_CLOSED', closedBecause(approval));
  }

  async #note(
    orgId: string,
    runId: string,
    { token, requestId, ...asked }: RequestApproval,
    byRunner: string | null,
  ): Promise<(StoredApproval & { changed: boolean; expiresInMs: number }) | undefined> {
    const values = [
      newApprovalId(this.#database.now()),
      runId,
      orgId,
      token,
      requestId,
      asked.tool,
      asked.message,
      JSON.stringify(asked.input),
      asked.toolUseId,
      asked.sessionGrant,
      asked.waitSec,
      asked.withdrawn ?? false,
      this.#leaseMs,
      byRunner,
    ];
    const [row] = await this.#database.query<StoredApproval & { changed: boolean; expiresInMs: number }>(
      requestApproval,
      values,
    );
    return row;
  }
}

/** What is hidden in the part that was cut is not known here: then nothing is said of it. */
function presentRow({ truncated, ...row }: StoredApproval & { truncated: boolean }): ApprovalRow {
  const { hidden, ...approval } = presentApproval(row);
  return { ...approval, ...(!truncated && { hidden }), truncated };
}

function decisionOf(row: StoredApproval): Decision | null {
  if ((row.state !== 'allowed' && row.state !== 'denied') || row.decidedBy === null) return null;
  return {
    decision: row.state === 'allowed' ? 'allow' : 'deny',
    decidedBy: row.decidedBy,
    ...(row.forSession && { forSession: true }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.answers !== null && { answers: row.answers }),
  };
}

function closedBecause({ state, decidedBy }: Approval): string {
  switch (state) {
    case 'allowed':
    case 'denied':
      return `It was already ${state} by ${decidedBy}`;
    case 'expired':
      return 'Nobody answered in time, so the tool was denied';
    default:
      return 'The session no longer waits for it';
  }
}
