import type { ClaimedRun, Decision, Event, Failure, JsonObject, PermissionMode } from '@agentfleet/contract';
import type {
  Agent,
  AgentOutcome,
  AgentPartial,
  AgentSession,
  PermissionAnswer,
  PermissionRequest,
} from '../agents/agent.js';
import { oneLine } from '../agents/claude-code/text.js';
import { offeredModes } from '../agents/offered-modes.js';
import type { Allowlist, AllowlistVerdict } from '../allowlist/allowlist.js';
import type { Settled } from '../approvals/approval-desk.js';
import { permissionAnswer, settledWords } from '../approvals/words.js';
import type { Outbox } from '../outbox/outbox.js';
import { StallWatch } from './stall-watch.js';

/** How long the disk may take to say whether a directory is allowed, ms: a dead network share never answers. */
const checkMs = 30_000;
/** How long the processes of a session that is being ended may take to be gone, ms. */
const stopMs = 60_000;
/** Longest line of an event about an approval, characters. */
const maxMessage = 600;

/** What the user of this runner allows a session at most, whatever the run asks for. */
export interface Limits {
  timeoutSec: number;
  stallSec: number;
  /** How long a tool permission waits for a person; 0 lets nobody be asked. */
  approvalSec: number;
}

export interface Execution {
  /** Resolves, once no process is left, when the end is in the outbox; `dropped` when nobody wants it. Never rejects. */
  done: Promise<'ended' | 'dropped'>;
  /** Ends the session: CANCELLED, or FAILED with a failure. Again: at once. */
  stop(failure?: Failure): void;
  /** Ends the session because the run is no longer this attempt's. */
  drop(): void;
}

export interface ExecutionOptions {
  run: ClaimedRun;
  agent: Agent;
  allowlist: Pick<Allowlist, 'check'>;
  permissionModes: readonly PermissionMode[];
  limits: Limits;
  outbox: Outbox;
  /**
   * Tells the server that the agent is about to be spawned in a directory, once that may be. `lost`: the run is no
   * longer ours.
   */
  begin(realPath: string, signal: AbortSignal): Promise<'begun' | 'lost'>;
  /** Lets people decide; resolves when it is settled. Never rejects. */
  approve(request: PermissionRequest, waitSec: number, signal: AbortSignal): Promise<Settled>;
  onEvent(event: Event): void;
  /** Text that is being produced; it is in no event yet. */
  onPartial(piece: AgentPartial): void;
}

/** Runs one claimed run: checks, start, events, limits, end. Everything that happens goes to the outbox. */
export function execute(options: ExecutionOptions): Execution {
  const execution = new RunningExecution(options);
  return {
    done: execution.run(),
    stop: (failure) => execution.stop(failure),
    drop: () => execution.drop(),
  };
}

const nothing: Omit<AgentOutcome, 'status' | 'failure'> = {
  agentSessionId: null,
  result: null,
  numTurns: null,
  costUsd: null,
  usage: null,
};

class RunningExecution {
  readonly #options: ExecutionOptions;
  readonly #stopped = new AbortController();
  #session: AgentSession | undefined;
  #stopping: { failure: Failure | null } | undefined;
  #dropped = false;
  #diskFailed = false;
  /** The end is in the outbox, or nobody wants it: no event follows. */
  #over = false;
  /** Set once the session was interrupted because it gave no output. */
  #stalled: Failure | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #stallWatch: StallWatch | undefined;

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  async run(): Promise<'ended' | 'dropped'> {
    let outcome: AgentOutcome;
    try {
      outcome = await this.#outcome();
    } catch (error) {
      const message = `The runner could not go on with the session: ${(error as Error).message}`;
      await this.#session?.stop().catch(() => undefined);
      const code = isDiskError(error) ? 'outbox_failed' : 'internal';
      outcome = { ...failed({ code, message }), ...this.#options.outbox.figures };
    }
    clearTimeout(this.#timeout);
    this.#stallWatch?.stop();
    this.#over = true;
    if (this.#dropped) return 'dropped';
    await this.#options.outbox.end(outcome);
    return 'ended';
  }

  stop(failure?: Failure): void {
    this.#stopping ??= { failure: failure ?? null };
    this.#stopped.abort();
    clearTimeout(this.#timeout);
    this.#stallWatch?.stop();
    this.#session?.stop(this.#stopping.failure ?? undefined).catch(() => undefined);
  }

  drop(): void {
    this.#dropped = true;
    this.stop();
  }

  async #outcome(): Promise<AgentOutcome> {
    const { run, agent, permissionModes, outbox, begin } = this.#options;
    if (!permissionModes.includes(run.permissionMode)) {
      return this.#refuse({
        code: 'permission_mode_not_allowed',
        message: `This runner does not allow the permission mode ${run.permissionMode}, only ${permissionModes.join(', ')}.`,
      });
    }
    const verdict = await this.#checkDirectory();
    if (!verdict.ok) return this.#refuse(verdict.failure);
    const probe = await agent.probe();
    if (!probe.ok) return this.#refuse(probe.failure);
    const { modes, why } = offeredModes(permissionModes, probe);
    if (!modes.includes(run.permissionMode)) {
      return this.#refuse({ code: 'permission_mode_not_allowed', message: why });
    }
    if (this.#stopping) return this.#stoppedEarly();
    if ((await begin(verdict.realPath, this.#stopped.signal)) === 'lost') {
      this.#dropped = true;
      return this.#stoppedEarly();
    }
    if (this.#stopping) return this.#stoppedEarly();
    // On disk before a process exists: whoever adopts this outbox must know that there may be one.
    await outbox.markStarted();
    // The server may have taken its time; what counts is where the directory leads now.
    const again = await this.#checkDirectory();
    if (!again.ok) return this.#refuse(again.failure);
    if (this.#stopping) return this.#stoppedEarly();
    return this.#withinLimits(this.#spawn(again.realPath, modes));
  }

  #spawn(cwd: string, permissionModes: readonly PermissionMode[]): AgentSession {
    const { run, agent, outbox } = this.#options;
    this.#session = agent.start(
      {
        runId: run.id,
        prompt: run.input,
        cwd,
        permissionMode: run.permissionMode,
        model: run.model,
        resumeSessionId: run.resumeSessionId,
        maxTurns: run.maxTurns,
        maxBudgetUsd: run.maxBudgetUsd,
        permissionModes,
      },
      {
        alive: () => this.#stallWatch?.output(),
        event: (event) => {
          this.#stallWatch?.output();
          this.#store(event);
        },
        partial: (piece) => {
          this.#stallWatch?.output();
          this.#options.onPartial(piece);
        },
        sessionId: (id) => this.#guard(() => outbox.noteSession(id)),
        permission: (request, signal) => this.#permit(request, signal),
      },
    );
    return this.#session;
  }

  async #permit(request: PermissionRequest, signal: AbortSignal): Promise<PermissionAnswer> {
    const { run, limits, approve } = this.#options;
    const waitSec = Math.min(run.approvalSec ?? 0, limits.approvalSec);
    if (waitSec === 0) return permissionAnswer(request, { state: 'unasked', decision: null }, waitSec);
    this.#stallWatch?.hold();
    this.#storeApproval(request, 'waiting', `waiting for approval: ${request.message}`);
    const settled = await approve(request, waitSec, signal);
    this.#storeApproval(request, settled.state, settledWords(request, settled), settled.decision);
    this.#stallWatch?.release();
    return permissionAnswer(request, settled, waitSec);
  }

  #storeApproval(
    { requestId, toolUseId, tool }: PermissionRequest,
    state: 'waiting' | Settled['state'],
    message: string,
    decision: Decision | null = null,
  ): void {
    const data = { type: 'approval', state, requestId, toolUseId, tool, ...(decision as JsonObject | null) };
    this.#store({ kind: 'system', message, data });
  }

  async #withinLimits(session: AgentSession): Promise<AgentOutcome> {
    const { run, limits } = this.#options;
    const timeoutSec = Math.min(run.timeoutSec ?? Number.POSITIVE_INFINITY, limits.timeoutSec);
    this.#timeout = setTimeout(() => this.#timeOut(timeoutSec), timeoutSec * 1_000);
    this.#watchForStall(Math.min(run.stallSec ?? Number.POSITIVE_INFINITY, limits.stallSec));
    const outcome = await Promise.race([session.done, this.#unstoppable()]);
    // An interrupt that worked reads like a cancellation; why it was interrupted is what people want to know.
    if (this.#stalled && outcome.status !== 'SUCCEEDED' && !this.#stopping) {
      return { ...outcome, status: 'FAILED', failure: this.#stalled };
    }
    return outcome;
  }

  #timeOut(timeoutSec: number): void {
    const message = `The session reached its time limit of ${timeoutSec} seconds.`;
    this.#store({ kind: 'error', message: `${message} Ending it.`, data: { code: 'timed_out' } });
    this.stop({ code: 'timed_out', message });
  }

  #watchForStall(stallSec: number): void {
    const message = `The session gave no output for ${stallSec} seconds.`;
    const say = (step: string, kind: 'system' | 'error') =>
      this.#store({ kind, message: `${message} ${step}`, data: { stalled: true } });
    this.#stallWatch = new StallWatch(stallSec * 1_000, {
      mark: () => say('It counts as stalled.', 'system'),
      interrupt: () => {
        say('Interrupting it.', 'system');
        this.#stalled = { code: 'stalled', message };
        this.#session?.interrupt();
      },
      end: () => {
        say('Ending it.', 'error');
        this.stop(this.#stalled);
      },
    });
  }

  /** A run must not stay RUNNING because a process cannot be ended: after a while its end is told without it. */
  async #unstoppable(): Promise<AgentOutcome> {
    await new Promise((resolve) => this.#stopped.signal.addEventListener('abort', resolve, { once: true }));
    await new Promise((resolve) => setTimeout(resolve, stopMs).unref());
    const message = 'Processes of the session did not end and may still be there.';
    this.#store({ kind: 'error', message, data: null });
    return this.#stoppedEarly();
  }

  async #checkDirectory(): Promise<AllowlistVerdict> {
    const { allowlist, run } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<AllowlistVerdict>((resolve) => {
      const message = `“${run.cwd}” gave no answer within ${checkMs / 1_000} seconds.`;
      timer = setTimeout(
        () => resolve({ ok: false, failure: { code: 'directory_not_found', message } }),
        checkMs,
      );
    });
    try {
      return await Promise.race([allowlist.check(run.cwd), tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  #store(event: Omit<Event, 'seq' | 'at'>): void {
    if (this.#over) return;
    // A person's reason, or the name of a file, may hold what steers a terminal, or the end of a line.
    const message = oneLine(event.message, maxMessage);
    this.#guard(() => this.#options.onEvent(this.#options.outbox.append({ ...event, message })));
  }

  /** A disk that refuses an event ends the session: an unwatched one must not go on. */
  #guard(work: () => void): void {
    // After the first loss nothing more is written: a log with a hole would not be the session's.
    if (this.#diskFailed) return;
    try {
      work();
    } catch (error) {
      this.#diskFailed = true;
      const message = `The runner could not write the session's events to its disk: ${(error as Error).message}`;
      this.stop({ code: 'outbox_failed', message });
    }
  }

  #refuse(failure: Failure): AgentOutcome {
    this.#store({ kind: 'error', message: failure.message, data: { code: failure.code } });
    return failed(failure);
  }

  #stoppedEarly(): AgentOutcome {
    const failure = this.#stopping?.failure ?? null;
    const { figures } = this.#options.outbox;
    return { ...nothing, ...figures, status: failure ? 'FAILED' : 'CANCELLED', failure };
  }
}

const failed = (failure: Failure): AgentOutcome => ({ ...nothing, status: 'FAILED', failure });

function isDiskError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG'].includes(code);
}
