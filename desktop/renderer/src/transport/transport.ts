import type {
  ApiKey,
  Approval,
  ApprovalState,
  BodyInputOf,
  BrowserSession,
  Changes,
  CreateBrowserSession,
  ErrorCode,
  Event,
  Folders,
  Org,
  PartialText,
  Queue,
  ResponseOf,
  Run,
  Runner,
  RunnerWithSessions,
  RunStatus,
  SignIn,
  UsageGroup,
  UsageReport,
} from '@agentfleet/contract';

/** What the list of sessions may be narrowed by. */
export interface RunsFilter {
  status?: readonly RunStatus[];
  /** Text in the prompt or the result, any case. */
  q?: string;
  threadId?: string;
  runnerId?: string;
  /** Runs in this directory or below it. */
  cwd?: string;
  label?: string;
  /** Instants as ISO 8601. */
  createdAfter?: string;
  createdBefore?: string;
  /** Only runs with a tool that waits for a person. */
  waiting?: boolean;
  /** Only these, 50 at most. */
  ids?: readonly string[];
  /** `nextCursor` of the page before. */
  cursor?: string;
  /** Runs per page, 1 to 200. */
  limit?: number;
}

/** What the list of approvals may be narrowed by. */
export interface ApprovalsFilter {
  runId?: string;
  state?: ApprovalState;
  /** `nextCursor` of the page before. */
  cursor?: string;
  /** Approvals per page, 1 to 200. */
  limit: number;
}

/** What the audit trail is narrowed by. */
export interface AuditFilter {
  /** Ids, or operator, or server. */
  actor?: string;
  action?: string;
  subject?: string;
  /** Instants as ISO 8601. */
  from?: string;
  to?: string;
}

/** What usage is asked for. */
export interface UsageFilter {
  from: Date;
  to: Date;
  byDay: boolean;
  by?: UsageGroup;
  /** Whose days. */
  timeZone: string;
  /** Groups told apart, 1 to 200. */
  groups: number;
}

/** Which part of a log is read. */
export type EventsPage = { limit: number; tools?: readonly string[] } & (
  | { after: number }
  | { before: number }
);

/** How a followed log ends: the run is final, or following it further is pointless. */
export type FollowEnd = { type: 'finished' } | { type: 'failed'; error: TransportError };

/** Hears what changes in the org. */
export interface ChangesListener {
  changed(changes: Changes): void;
  /** It is not known what changed: whatever is shown is to be read again. */
  everything(): void;
}

/**
 * The one way from the renderer to the product: HTTP with a cookie session in a browser, IPC in the desktop
 * app. Every promise rejects with a `TransportError` and nothing else.
 */
export interface Transport {
  /** Address of the control API, as another machine would be told it; without a trailing slash. */
  serverUrl(): string;
  /** The session behind the cookie; null when nobody is signed in. */
  me(): Promise<BrowserSession | null>;
  signIn(credentials: CreateBrowserSession): Promise<BrowserSession>;
  /** Ends every browser session of the key. */
  signOut(): Promise<void>;
  /** One page, newest first. */
  listRuns(filter: RunsFilter): Promise<ResponseOf<'listRuns'>>;
  /** The run without its log; `followEvents` brings that. */
  getRun(runId: string): Promise<Run>;
  /**
   * One page of the log, oldest first: the events after a seq, or the newest ones below one. It may hold fewer than
   * `limit` where events are large; it is empty only when there are none.
   * @param page.limit 1 to 1,000
   * @param page.tools only the session's own calls of these tools, and their results
   */
  readEvents(runId: string, page: EventsPage): Promise<Event[]>;
  /**
   * Brings every event with a seq greater than `after` once, in order and without a gap, first those that
   * are stored, then each as it happens; a broken connection is taken up again where it broke.
   * @param onBatch gets one or more events at a time
   * @param onEnd is called at most once, and never after `stop`
   * @param onPartial gets the pieces of the text that is being produced, the first of each connection from its
   *   beginning; without it none are asked for
   * @returns stop: nothing is called any more
   */
  followEvents(
    runId: string,
    after: number,
    onBatch: (events: readonly Event[]) => void,
    onEnd: (end: FollowEnd) => void,
    onPartial?: (piece: PartialText) => void,
  ): () => void;
  /**
   * Tells what changes in the org.
   * @param since when the page began to read what it shows, ms by `performance.now()`: nothing from then on is left out
   * @returns stop: nothing is told any more
   */
  followChanges(since: number, listener: ChangesListener): () => void;
  /** What an `<img>` loads for the address of an image in an event. @param address below the server, as it says it */
  imageAddress(address: string): string;
  /** The computer that waits with this code. */
  getSignIn(code: string): Promise<SignIn>;
  decideSignIn(code: string, decision: BodyInputOf<'decideSignIn'>): Promise<SignIn>;
  createRun(request: BodyInputOf<'createRun'>): Promise<Run>;
  followUp(parentRunId: string, request: BodyInputOf<'followUp'>): Promise<Run>;
  cancelRun(runId: string): Promise<Run>;
  updateRun(runId: string, change: BodyInputOf<'updateRun'>): Promise<Run>;
  /** For good. @returns the run while its runner still has to end it: it is deleted then; else null */
  deleteRun(runId: string, cancelFirst: boolean): Promise<Run | null>;
  /** One page, newest first. */
  listApprovals(filter: ApprovalsFilter): Promise<ResponseOf<'listApprovals'>>;
  getApproval(approvalId: string): Promise<Approval>;
  /** Rejects with APPROVAL_CLOSED, and the server's word on what became of it, where it no longer waits. */
  decideApproval(approvalId: string, decision: BodyInputOf<'decideApproval'>): Promise<Approval>;
  listRunners(): Promise<Runner[]>;
  /** With its newest sessions. */
  getRunner(runnerId: string): Promise<RunnerWithSessions>;
  /**
   * The folders that are there in one of a runner's, or with null those that it allows. Rejects with why the runner cannot say:
   * RUNNER_OFFLINE, RUNNER_TOO_OLD, RUNNER_SILENT, or what is wrong with the folder.
   */
  listFolders(runnerId: string, path: string | null, hidden: boolean): Promise<Folders>;
  /** @param note why, for whoever looks at it next */
  /** @param pause `forSec`: after how long it takes runs again by itself, s; null: when somebody resumes it */
  pauseRunner(runnerId: string, pause: { note: string | undefined; forSec: number | null }): Promise<Runner>;
  resumeRunner(runnerId: string): Promise<Runner>;
  /** Takes a runner that is gone for good out of the list; its sessions stay. */
  forgetRunner(runnerId: string): Promise<Runner>;
  revokeRunnerCredential(runnerId: string): Promise<Runner>;
  updateOrg(change: BodyInputOf<'updateOrg'>): Promise<Org>;
  queue(): Promise<Queue>;
  usage(filter: UsageFilter): Promise<UsageReport>;
  /** One page, newest first. @param filter `cursor`: empty for the first */
  listAudit(filter: AuditFilter & { cursor: string; limit: number }): Promise<ResponseOf<'listAudit'>>;
  /** Newest first, revoked ones included. */
  listApiKeys(): Promise<ApiKey[]>;
  /** The one answer that carries the key in the clear. */
  createApiKey(request: BodyInputOf<'createApiKey'>): Promise<ResponseOf<'createApiKey'>>;
  revokeApiKey(keyId: string): Promise<ApiKey>;
  /**
   * Gives the viewer a file made here: a browser downloads it, the app asks where to.
   * @param name without a path, e.g. `session-clr….jsonl`
   * @param type media type
   */
  saveFile(name: string, type: string, text: string): Promise<void>;
  /** Tells whether the server can be reached, at once and on every change. @returns unsubscribe */
  onReachable(listener: (reachable: boolean) => void): () => void;
  /** Called when the session ended under us (expired, signed out elsewhere, key revoked). @returns unsubscribe */
  onSignedOut(listener: () => void): () => void;
}

/** `UNREACHABLE`: no answer came; `MISUNDERSTOOD`: it was none of the contract. Everything else is the server's own code. */
export type TransportErrorCode = ErrorCode | 'UNREACHABLE' | 'MISUNDERSTOOD';

/** Why a call failed: the server's code and its sentence, fit to be shown. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  constructor(
    readonly code: TransportErrorCode,
    message: string,
    /** Seconds after which the server wants to be asked again, where it said so. */
    readonly retryAfterSec?: number,
  ) {
    super(message);
  }

  /** Whether the same call may succeed later without anybody changing anything. */
  get isTransient(): boolean {
    return ['UNREACHABLE', 'UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED'].includes(this.code);
  }
}
