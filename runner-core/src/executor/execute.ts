import type { ClaimedRun, Event, Failure, PermissionMode } from '@agentfleet/contract';
import type { Agent, AgentOutcome, AgentSession } from '../agents/agent.js';
import type { Allowlist } from '../allowlist/allowlist.js';
import type { Outbox } from '../outbox/outbox.js';

/** How long a stalled session that was interrupted may take to end by itself, ms. */
const interruptMs = 30_000;

export interface Execution {
  /** Resolves when the session has ended and its end is in the outbox. Never rejects. */
  done: Promise<void>;
  /** Ends the session: CANCELLED, or FAILED with a failure. Again: at once. */
  stop(failure?: Failure): void;
}

export interface ExecutionOptions {
  run: ClaimedRun;
  agent: Agent;
  allowlist: Allowlist;
  permissionModes: readonly PermissionMode[];
  outbox: Outbox;
  /** Tells the server that the agent is about to be spawned; rejects when the run is no longer ours. */
  begin(): Promise<void>;
  onEvent(event: Event): void;
}

/** Runs one claimed run: checks, start, events, limits, end. Everything that happens goes to the outbox. */
export function execute(options: ExecutionOptions): Execution {
  const execution = new RunningExecution(options);
  return { done: execution.run(), stop: (failure) => execution.stop(failure) };
}

const failed = (failure: Failure): AgentOutcome => ({ ...ended, status: 'FAILED', failure });
const ended: Omit<AgentOutcome, 'status' | 'failure'> = {
  agentSessionId: null,
  result: null,
  numTurns: null,
  costUsd: null,
  usage: null,
};

class RunningExecution {
  readonly #options: ExecutionOptions;
  #session: AgentSession | undefined;
  #stopping: { failure: Failure | undefined } | undefined;
  #timers: NodeJS.Timeout[] = [];
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { outbox } = this.#options;
    let outcome: AgentOutcome;
    try {
      outcome = await this.#outcome();
    } catch (error) {
      const message = `The runner could not go on with the session: ${(error as Error).message}`;
      await this.#session?.stop().catch(() => undefined);
      outcome = failed({ code: isDiskError(error) ? 'outbox_failed' : 'internal', message });
    }
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#stallTimer);
    try {
      outbox.end(outcome);
    } catch {
      // The disk takes nothing at all: the lease runs out and the server says that the runner was lost.
    }
  }

  stop(failure?: Failure): void {
    this.#stopping ??= { failure };
    this.#session?.stop(this.#stopping.failure).catch(() => undefined);
  }

  async #outcome(): Promise<AgentOutcome> {
    const { run, agent, allowlist, permissionModes, outbox, begin } = this.#options;
    if (!permissionModes.includes(run.permissionMode)) {
      return this.#refuse({
        code: 'permission_mode_not_allowed',
        message: `This runner does not allow the permission mode ${run.permissionMode}, only ${permissionModes.join(', ')}.`,
      });
    }
    const verdict = await allowlist.check(run.cwd);
    if (!verdict.ok) return this.#refuse(verdict.failure);
    const probe = await agent.probe();
    if (!probe.ok) return this.#refuse(probe.failure);
    // What is on disk before the server hears of it: a session may exist from here on.
    outbox.markStarted();
    await begin();
    if (this.#stopping) return this.#stopped();
    this.#session = agent.start(
      {
        runId: run.id,
        prompt: run.input,
        cwd: verdict.realPath,
        permissionMode: run.permissionMode,
        model: run.model,
        resumeSessionId: run.resumeSessionId,
        maxTurns: run.maxTurns,
        maxBudgetUsd: run.maxBudgetUsd,
      },
      {
        event: (event) => this.#event(event),
        sessionId: (id) => this.#guard(() => outbox.noteSession(id)),
      },
    );
    this.#limit(run);
    return this.#session.done;
  }

  #limit({ timeoutSec }: ClaimedRun): void {
    if (timeoutSec !== null) {
      const message = `The session reached its time limit of ${timeoutSec} seconds.`;
      this.#later(timeoutSec * 1_000, () => {
        this.#event({ kind: 'error', message, data: null });
        this.stop({ code: 'timed_out', message });
      });
    }
    this.#watchForStall();
  }

  /** Marked, interrupted, killed: each step is an event. Any output of the agent begins the watch anew. */
  #watchForStall(): void {
    const { stallSec } = this.#options.run;
    if (stallSec === null || this.#stopping) return;
    clearTimeout(this.#stallTimer);
    this.#stallTimer = setTimeout(() => {
      const message = `The session gave no output for ${stallSec} seconds.`;
      this.#store({ kind: 'system', message: `${message} Interrupting it.`, data: { stalled: true } });
      this.#session?.interrupt();
      this.#stallTimer = setTimeout(() => {
        this.#store({ kind: 'error', message: `${message} Ending it.`, data: { stalled: true } });
        this.stop({ code: 'stalled', message });
      }, interruptMs);
    }, stallSec * 1_000);
  }

  #later(ms: number, work: () => void): void {
    this.#timers.push(setTimeout(work, ms));
  }

  #event(event: Omit<Event, 'seq' | 'at'>): void {
    this.#watchForStall();
    this.#store(event);
  }

  #store(event: Omit<Event, 'seq' | 'at'>): void {
    this.#guard(() => this.#options.onEvent(this.#options.outbox.append(event)));
  }

  /** A disk that refuses an event ends the session: an unwatched one must not go on. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      const message = `The runner could not write the session's events to its disk: ${(error as Error).message}`;
      this.stop({ code: 'outbox_failed', message });
    }
  }

  #refuse(failure: Failure): AgentOutcome {
    this.#store({ kind: 'error', message: failure.message, data: { code: failure.code } });
    return failed(failure);
  }

  #stopped(): AgentOutcome {
    const failure = this.#stopping?.failure ?? null;
    return { ...ended, status: failure ? 'FAILED' : 'CANCELLED', failure };
  }
}

function isDiskError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG'].includes(code);
}
