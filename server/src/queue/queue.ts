import type {
  Claim,
  ClaimAnswer,
  CreateFollowup,
  CreateRun,
  FinishedRun,
  FinishRun,
  Heartbeat,
  HeartbeatAnswer,
  OwnPause,
  PauseRunner,
  Queue as QueueOverview,
  RegisteredRunner,
  RegisterRunner,
  Run,
  Runner,
  RunnersQuery,
  RunRow,
  RunStatus,
  RunsQuery,
  StartedRun,
  StartRun,
  ToldPause,
  UpdateRun,
} from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import type { Queryable } from '../db/database.js';
import type { ForRunner } from '../inquiries/inquiries.js';
import type { OwnCredential } from './register-again.js';
import type { Launcher } from './sql/insert-run.js';

/**
 * The run queue: every transition of a run's status is made here. All of it is scoped to an org; ids of another
 * org, or unknown ones, throw ApiError NOT_FOUND. What takes `over` is given up when that aborts. `by` is who asks for it, as the
 * audit trail tells; else this server does.
 */
export interface Queue {
  /**
   * Repeating it with the same `id` is harmless: there is one run. Throws NOT_FOUND when it is pinned to a runner
   * that does not exist.
   * @param launcher where its queued runs are limited: throws RATE_LIMITED
   */
  enqueue(orgId: string, request: CreateRun, id?: string, launcher?: Launcher): Promise<Run>;
  /** Repeatable like `enqueue`. Throws NO_SESSION_TO_RESUME when the parent ended without a session and it is to resume that. */
  followUp(
    orgId: string,
    parentRunId: string,
    request: CreateFollowup,
    id?: string,
    launcher?: Launcher,
  ): Promise<Run>;
  /** Changes what a run is filed under. */
  update(orgId: string, runId: string, request: UpdateRun, by?: Actor): Promise<Run>;
  /** Ends a queued run at once, asks the runner of an active one; throws RUN_FINISHED. */
  cancel(orgId: string, runId: string, by?: Actor): Promise<Run>;
  /**
   * Deletes a run that has ended. One that has not is refused with RUN_ACTIVE, or cancelled first.
   * @returns undefined when it is deleted; the run while its runner still has it: it is deleted once that has ended it
   */
  delete(orgId: string, runId: string, cancelFirst: boolean, by?: Actor): Promise<Run | undefined>;
  /** With `queue` filled in while the run is queued. */
  get(orgId: string, runId: string): Promise<Run>;
  /** Its status alone: of many that are asked for at once in one statement. Throws NOT_FOUND. */
  status(orgId: string, runId: string): Promise<RunStatus>;
  /** Newest first, or as `order` says; of long texts the beginning. Throws VALIDATION_FAILED on a cursor that no list gave out. */
  list(
    orgId: string,
    query: RunsQuery,
    over?: AbortSignal,
  ): Promise<{ data: RunRow[]; nextCursor: string | null }>;
  overview(orgId: string, over?: AbortSignal): Promise<QueueOverview>;

  /**
   * @param settle called in the transaction that stores the runner, with its id: what it throws undoes that, what it gives
   *   is said to the runner
   */
  register(
    orgId: string,
    request: RegisterRunner,
    settle?: (tx: Queryable, runnerId: string) => Promise<Pick<RegisteredRunner, 'credential'>>,
  ): Promise<RegisteredRunner>;
  /** The same for a runner that speaks with its own credential, and is there: in one statement. Throws NOT_FOUND where it is another. */
  registerAgain(orgId: string, request: RegisterRunner, own: OwnCredential): Promise<RegisteredRunner>;
  /** By name. Throws VALIDATION_FAILED on a cursor that no list gave out. */
  runners(
    orgId: string,
    query: RunnersQuery,
    over?: AbortSignal,
  ): Promise<{ data: Runner[]; nextCursor: string | null }>;
  runner(orgId: string, runnerId: string, over?: AbortSignal): Promise<Runner>;
  /** Throws RUNNER_BUSY while it holds sessions that are in reach; the others end. */
  removeRunner(orgId: string, runnerId: string, by?: Actor): Promise<Runner>;
  /** People see the name of who asks for it. */
  pause(orgId: string, runnerId: string, request: PauseRunner, by: Actor): Promise<Runner>;
  resume(orgId: string, runnerId: string, by?: Actor): Promise<Runner>;
  /** The person at the machine pauses it, or lets it take runs again. */
  pauseOwn(orgId: string, runnerId: string, request: OwnPause): Promise<ToldPause>;

  heartbeat(orgId: string, runnerId: string, request: Heartbeat): Promise<HeartbeatAnswer>;
  /**
   * Waits up to `waitSec`, at times a tenth less, for a run or a command; resolves early with nothing when `signal` aborts.
   * @param asked what people want to know of the runner: it is answered with that at once
   */
  claim(
    orgId: string,
    runnerId: string,
    request: Claim,
    signal: AbortSignal,
    asked?: ForRunner,
  ): Promise<ClaimAnswer>;
  /**
   * Throws STALE_ATTEMPT.
   * @param byRunner the runner that a credential speaks for: runs that it never had are NOT_FOUND
   */
  start(orgId: string, runId: string, request: StartRun, byRunner?: string | null): Promise<StartedRun>;
  /** Throws STALE_ATTEMPT, or LOG_INCOMPLETE with the seq to rewind to. @param byRunner as above */
  finish(orgId: string, runId: string, request: FinishRun, byRunner?: string | null): Promise<FinishedRun>;

  /**
   * Ends what cannot go on: leases that ran out, runs past their time to live, follow-ups without a session; and marks
   * what is out of reach.
   * Any server may call it at any time. @returns how many runs changed
   */
  sweep(): Promise<number>;
}
