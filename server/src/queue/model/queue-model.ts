import type { ErrorCode, RunStatus } from '@agentfleet/contract';

/**
 * The queue, the leases and the log as plain data: what `queue/` and `eventlog/` promise, without a database, without
 * anything at once. The property test holds the real ones against it.
 */
export interface ModelRun {
  /** Order of posting; also what a command picks it by. */
  place: number;
  id: string;
  threadId: string;
  parent: ModelRun | undefined;
  /** A follow-up that resumes nothing. */
  fresh: boolean;
  status: RunStatus;
  pinnedTo: ModelRunner | undefined;
  runner: ModelRunner | undefined;
  directory: string;
  sharedCwd: boolean;
  priority: number;
  maxAttempts: number;
  hasTtl: boolean;
  /** A follow-up waits until the runs of its thread before it have ended. */
  ready: boolean;
  attempts: ModelAttempt[];
  /** Messages by seq, from 1 on. */
  log: string[];
  /** How long its runner has said nothing of it: less than a lease, or more, or so long that the grace is over too. */
  silence: 'none' | 'lease' | 'grace';
  /** Its runner has named all that it holds since the lease ran out, and not this. */
  unnamed: boolean;
  /** It is out of reach. */
  lost: boolean;
  ttlRanOut: boolean;
  cancelRequested: boolean;
  session: string | undefined;
  failure: string | undefined;
}

export interface ModelAttempt {
  run: ModelRun;
  token: string;
  runner: ModelRunner;
  started: boolean;
  /** Events after this seq are its own. */
  firstSeq: number;
  outcome: 'finished' | 'requeued' | 'lost' | 'revoked' | undefined;
}

export interface ModelRunner {
  id: string;
  machineId: string;
  directories: readonly string[];
  slots: number;
  paused: boolean;
  deleted: boolean;
}

export const isActive = ({ status }: ModelRun) => status === 'CLAIMED' || status === 'RUNNING';
const isFinal = ({ status }: ModelRun) => !['QUEUED', 'CLAIMED', 'RUNNING'].includes(status);
const newest = ({ attempts }: ModelRun) => attempts.at(-1);
/** Whether its run has gone on with another one. */
export const isOvertaken = (attempt: ModelAttempt) =>
  isActive(attempt.run) && newest(attempt.run) !== attempt;

const heardOf = { silence: 'none', unnamed: false, lost: false } as const;
const startsOf = ({ attempts }: ModelRun) => attempts.filter(({ started }) => started).length;

/** Why an operation is refused; undefined when it is not. */
export type Refusal = ErrorCode | undefined;

export class QueueModel {
  readonly runs: ModelRun[] = [];
  readonly runners: ModelRunner[] = [];
  readonly attempts: ModelAttempt[] = [];
  /** Whether no server was there until now, and whether that has just been so when they last swept. */
  away = false;
  resumed = false;
  /** Most runs of the org at once. */
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** What a claim takes, in order. */
  claimable(runner: ModelRunner, slots: number): ModelRun[] {
    const taken: ModelRun[] = [];
    if (runner.paused || runner.deleted) return taken;
    const active = () => [...this.runs.filter(isActive), ...taken];
    const own = () => [...this.runs.filter((run) => isActive(run) && run.runner === runner), ...taken];
    const awaited = new Set<string>();
    const waiting = this.runs
      .filter((run) => run.status === 'QUEUED' && run.ready)
      .sort((one, other) => other.priority - one.priority || one.place - other.place);
    for (const run of waiting) {
      const suits = run.pinnedTo ? run.pinnedTo === runner : runner.directories.includes(run.directory);
      if (!suits || awaited.has(run.directory)) continue;
      const isFree = own().every(
        (other) => other.directory !== run.directory || (other.sharedCwd && run.sharedCwd),
      );
      const hasRoom = taken.length < slots && own().length < runner.slots && active().length < this.limit;
      if (isFree && hasRoom) taken.push(run);
      else if (!run.sharedCwd) awaited.add(run.directory);
    }
    return taken;
  }

  claimed(run: ModelRun, runner: ModelRunner, token: string): void {
    const attempt: ModelAttempt = {
      run,
      token,
      runner,
      started: false,
      firstSeq: run.log.length,
      outcome: undefined,
    };
    run.attempts.push(attempt);
    this.attempts.push(attempt);
    Object.assign(run, { status: 'CLAIMED', runner, ...heardOf });
  }

  start(attempt: ModelAttempt): Refusal {
    const { run } = attempt;
    if (newest(run) !== attempt || !isActive(run)) return 'STALE_ATTEMPT';
    if (run.status === 'CLAIMED' && run.cancelRequested) {
      attempt.outcome = 'revoked';
      this.#end(run, 'CANCELLED');
      this.advance(run.threadId);
      return 'STALE_ATTEMPT';
    }
    attempt.started = true;
    Object.assign(run, { status: 'RUNNING', ...heardOf });
    return undefined;
  }

  append(attempt: ModelAttempt, first: number, messages: string[]): Refusal {
    const { run } = attempt;
    const { log } = run;
    const last = first + messages.length - 1;
    if (!this.#holds(attempt) && attempt.outcome !== 'finished') return 'STALE_ATTEMPT';
    if (newest(run) !== attempt) return 'STALE_ATTEMPT';
    // Who writes is there, also with what cannot be stored.
    if (isActive(run) && run.lost) Object.assign(run, heardOf);
    if (first > log.length + 1) return 'EVENT_GAP';
    const conflicts = messages.some((message, index) => {
      const stored = log[first + index - 1];
      return stored !== undefined && stored !== message;
    });
    const grows = attempt.outcome !== 'finished' && last > log.length;
    if (grows) log.push(...messages.slice(log.length - first + 1));
    if (isActive(run) && grows) Object.assign(run, heardOf);
    if (conflicts) return 'EVENT_CONFLICT';
    return attempt.outcome === 'finished' && last > log.length ? 'STALE_ATTEMPT' : undefined;
  }

  finish(
    attempt: ModelAttempt,
    end: { status: RunStatus; lastSeq: number; isSumRight: boolean; session: string | undefined },
  ): Refusal {
    const { run } = attempt;
    if (newest(run) !== attempt) return 'STALE_ATTEMPT';
    if (attempt.outcome === 'finished') return undefined;
    if (!this.#holds(attempt)) return 'STALE_ATTEMPT';
    if (end.lastSeq !== run.log.length || !end.isSumRight) return 'LOG_INCOMPLETE';
    attempt.outcome = 'finished';
    run.session = end.session ?? run.session;
    this.#end(run, end.status, end.status === 'FAILED' ? 'agent_error' : undefined);
    this.advance(run.threadId);
    return undefined;
  }

  /** @returns the runs whose work is to be stopped */
  heartbeat(runner: ModelRunner, held: ModelAttempt[]): ModelRun[] {
    const renewed = held.filter(({ run, ...attempt }) => {
      const holds = isActive(run) && run.runner === runner && newest(run)?.token === attempt.token;
      if (holds) Object.assign(run, heardOf);
      return holds;
    });
    for (const run of this.runs)
      if (isActive(run) && run.runner === runner && run.silence !== 'none') run.unnamed = true;
    const runs = new Set(renewed.map(({ run }) => run));
    return held
      .filter((attempt) => {
        const { run, outcome } = attempt;
        if (runs.has(run)) return false;
        if (attempt.runner !== runner || newest(run) !== attempt) return true;
        const isAlone = !this.runs.some((other) => other.threadId === run.threadId && isActive(other));
        return !(outcome === undefined || outcome === 'finished' || (outcome === 'lost' && isAlone));
      })
      .map(({ run }) => run);
  }

  cancel(run: ModelRun): Refusal {
    if (isFinal(run)) return 'RUN_FINISHED';
    if (isActive(run)) {
      run.cancelRequested = true;
      return undefined;
    }
    const attempt = newest(run);
    if (attempt?.outcome === 'lost') attempt.outcome = 'revoked';
    this.#end(run, 'CANCELLED');
    this.advance(run.threadId);
    return undefined;
  }

  mayFollowUp(parent: ModelRun, fresh: boolean): Refusal {
    return !fresh && isFinal(parent) && parent.session === undefined ? 'NO_SESSION_TO_RESUME' : undefined;
  }

  /** The runner ends: what it does not name is gone, at once. */
  leave(runner: ModelRunner, held: ModelAttempt[]): void {
    this.#noteSweeping();
    for (const run of this.runs) {
      const isNamed = held.some((attempt) => attempt === newest(run));
      if (isActive(run) && run.runner === runner && !isNamed) this.#lose(run);
    }
    this.sweep();
  }

  /** @returns how many runs are out of reach or lost now, or had their time to live run out */
  sweep(): number {
    let changed = 0;
    this.#noteSweeping();
    for (const run of this.runs.filter(isActive)) {
      const isSilent = run.silence !== 'none' && !this.resumed;
      const isGone =
        (isSilent && (run.unnamed || run.silence === 'grace')) || (run.runner?.deleted && run.lost);
      if (!isSilent && !isGone) continue;
      const goesOn = run.status === 'RUNNING' && !isGone && startsOf(run) >= run.maxAttempts;
      if (goesOn && run.lost) continue;
      changed += 1;
      if (goesOn) run.lost = true;
      else this.#lose(run);
    }
    for (const run of this.runs) {
      if (run.status !== 'QUEUED' || !run.ready || !run.ttlRanOut) continue;
      changed += 1;
      this.#end(run, 'FAILED', 'queue_expired');
    }
    for (const threadId of new Set(this.runs.map((run) => run.threadId))) this.advance(threadId);
    return changed;
  }

  /** The next follow-up of a thread comes into the queue, or fails where there is no session to resume. */
  advance(threadId: string): void {
    for (;;) {
      const thread = this.runs.filter((run) => run.threadId === threadId);
      if (thread.some((run) => isActive(run) || (run.status === 'QUEUED' && run.ready))) return;
      const next = thread.find((run) => run.status === 'QUEUED');
      if (!next) return;
      const { parent } = next;
      if (parent && (next.fresh || (parent.session !== undefined && parent.runner))) {
        const { runner } = parent;
        Object.assign(next, { ready: true, pinnedTo: runner, runner, ttlRanOut: false });
        return;
      }
      this.#end(next, 'FAILED', 'no_session_to_resume');
    }
  }

  /** Servers know by what is active when they begin to sweep whether they have been away. */
  #noteSweeping(): void {
    if (!this.away || !this.runs.some(isActive)) return;
    this.resumed = true;
    this.away = false;
  }

  #holds({ outcome }: ModelAttempt): boolean {
    return outcome === undefined || outcome === 'lost';
  }

  #lose(run: ModelRun): void {
    const attempt = newest(run);
    if (attempt) attempt.outcome = run.status === 'CLAIMED' ? 'requeued' : 'lost';
    if (run.cancelRequested) this.#end(run, 'CANCELLED');
    else if (run.status === 'RUNNING' && startsOf(run) >= run.maxAttempts)
      this.#end(run, 'FAILED', 'runner_lost');
    else Object.assign(run, { status: 'QUEUED', runner: run.pinnedTo, ttlRanOut: false, ...heardOf });
  }

  #end(run: ModelRun, status: RunStatus, failure?: string): void {
    Object.assign(run, { status, failure, ...heardOf });
  }
}
