import { type Approval, type ApprovalState, hiddenCharacters, type JsonObject } from '@agentfleet/contract';

/** What a statement reads of a row of `approvals`, but for its state and what may be large: `input` and `answers`. */
export const approvalColumns = (a: string) => `
  ${a}.id, ${a}.run_id AS "runId", ${a}.tool, ${a}.message, ${a}.tool_use_id AS "toolUseId",
  ${a}.session_grant AS "sessionGrant", ${a}.requested_at AS "requestedAt", ${a}.expires_at AS "expiresAt",
  ${a}.decided_at AS "decidedAt", ${a}.decided_by AS "decidedBy", ${a}.for_session AS "forSession", ${a}.reason`;

/**
 * The state as people are told it: one that still waits by its row does not, when its time is up or its attempt no
 * longer runs. `a` is the approval, `r` its run.
 */
export const stateOf = (a: string, r: string) => `
  CASE
    WHEN ${a}.state <> 'waiting' THEN ${a}.state
    WHEN ${r}.status <> 'RUNNING' OR ${r}.attempt_token IS DISTINCT FROM ${a}.token THEN 'withdrawn'
    WHEN ${a}.expires_at <= now() THEN 'expired'
    ELSE 'waiting'::"ApprovalState"
  END`;

export interface StoredApproval {
  id: string;
  runId: string;
  state: ApprovalState;
  tool: string;
  message: string;
  input: JsonObject;
  toolUseId: string | null;
  sessionGrant: string | null;
  requestedAt: Date;
  expiresAt: Date;
  decidedAt: Date | null;
  decidedBy: string | null;
  forSession: boolean;
  reason: string | null;
  answers: Record<string, string> | null;
}

export function presentApproval(row: StoredApproval): Approval {
  const { tool, message, input, sessionGrant } = row;
  return {
    id: row.id,
    runId: row.runId,
    state: row.state,
    tool,
    message,
    input,
    toolUseId: row.toolUseId,
    sessionGrant,
    hidden: hiddenCharacters({ tool, message, input, sessionGrant }),
    requestedAt: row.requestedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
    decidedBy: row.decidedBy,
    forSession: row.forSession,
    reason: row.reason,
    answers: row.answers,
  };
}
