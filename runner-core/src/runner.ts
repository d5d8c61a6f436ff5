import { EventEmitter } from 'node:events';
import { arch, hostname } from 'node:os';
import { join } from 'node:path';
import type { ClaimAnswer, ClaimedRun, Event, Failure, HeldLease, Platform } from '@agentfleet/contract';
import type { Agent } from './agents/agent.js';
import type { Allowlist } from './allowlist/allowlist.js';
import { BackOff } from './control-plane/back-off.js';
import { type ControlPlane, ControlPlaneError } from './control-plane/client.js';
import { type Execution, execute } from './executor/execute.js';
import { readIdentity } from './identity.js';
import { Delivery } from './outbox/delivery.js';
import { Outbox } from './outbox/outbox.js';
import { killTree } from './processes/kill-tree.js';
import type { Settings } from './settings.js';

/** How long a claim waits at the server, s: an idle runner makes two requests a minute. */
const claimWaitSec = 30;

export interface RunnerOptions {
  settings: Settings;
  server: ControlPlane;
  agent: Agent;
  allowlist: Allowlist;
  /** Of this software. */
  version: string;
}

export interface RunnerEvents {
  online: [runnerId: string];
  /** With the reason; it keeps trying. */
  offline: [reason: ControlPlaneError];
  started: [run: ClaimedRun];
  event: [runId: string, event: Event];
  ended: [runId: string, status: string];
}

/** A run that this runner works on, until its end has reached the server. */
interface Session {
  token: string;
  /** Undefined once it has ended, or when it was adopted. */
  execution: Execution | undefined;
  delivery: Delivery;
}

/**
 * A runner: registers, keeps one claim open, executes what it is given, and delivers what happened. The tray app
 * and the daemon are made of it.
 */
export class Runner extends EventEmitter<RunnerEvents> {
  readonly #options: RunnerOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #ending = new AbortController();
  readonly #backOff = new BackOff();
  #acknowledged: string[] = [];
  #draining = false;
  #runnerId = '';
  #heartbeat: NodeJS.Timeout | undefined;
  #reopenClaim: () => void = () => undefined;
  #online = false;

  constructor(options: RunnerOptions) {
    super();
    this.#options = options;
  }

  /** Sessions that are being executed. */
  get running(): number {
    return [...this.#sessions.values()].filter((session) => session.execution).length;
  }

  /**
   * Works until it has drained or was ended. Throws when the server refuses this runner for good: the protocol is
   * outdated.
   */
  async run(): Promise<void> {
    this.#adopt();
    try {
      while (!this.#finished()) {
        try {
          await this.#takeTurn();
          this.#backOff.reset();
        } catch (error) {
          if (!(error instanceof ControlPlaneError)) throw error;
          await this.#recover(error);
        }
      }
    } finally {
      clearInterval(this.#heartbeat);
      this.#ending.abort();
      await Promise.allSettled([...this.#sessions.values()].map((session) => session.delivery.done));
    }
  }

  /** Finishes what runs and takes nothing new; `run` then returns. */
  drain(): void {
    this.#draining = true;
    this.#reopenClaim();
  }

  /** Drains, and ends every session: CANCELLED, or FAILED with the failure. */
  cancelAll(failure?: Failure): void {
    for (const session of this.#sessions.values()) session.execution?.stop(failure);
    this.drain();
  }

  /** Returns from `run` without waiting for the server: what is not delivered stays in the outbox. */
  async leave(): Promise<void> {
    const executions = [...this.#sessions.values()].flatMap((session) => session.execution ?? []);
    await Promise.all(executions.map((execution) => execution.done));
    this.#ending.abort();
    this.#reopenClaim();
  }

  #finished(): boolean {
    return this.#ending.signal.aborted || (this.#draining && this.#sessions.size === 0);
  }

  async #takeTurn(): Promise<void> {
    if (this.#runnerId === '') await this.#register();
    const answer = await this.#claim();
    if (!answer) return;
    this.#obey(answer);
    for (const run of answer.runs) this.#begin(run);
  }

  async #register(): Promise<void> {
    const { server, settings, agent, version } = this.#options;
    const probe = await agent.probe();
    const registered = await server.call('registerRunner', {
      signal: this.#ending.signal,
      body: {
        ...readIdentity(settings.runnerDir),
        hostname: hostname(),
        platform: process.platform as Platform,
        arch: arch(),
        version,
        name: settings.name,
        agentVersion: probe.version,
        directories: settings.directories,
        permissionModes: settings.permissionModes,
        maxConcurrentRuns: settings.maxConcurrentRuns,
      },
    });
    this.#runnerId = registered.id;
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), registered.heartbeatMs);
    this.#setOnline();
  }

  /** One long-poll. Undefined when it was broken off because what it says is no longer so. */
  async #claim(): Promise<ClaimAnswer | undefined> {
    const slots = this.#draining ? 0 : Math.max(0, this.#options.settings.maxConcurrentRuns - this.running);
    const reopen = new AbortController();
    this.#reopenClaim = () => reopen.abort();
    const acknowledged = this.#acknowledged;
    try {
      const answer = await this.#options.server.call('claim', {
        id: this.#runnerId,
        body: {
          leases: this.#leases(),
          acknowledged,
          draining: this.#draining,
          slots,
          waitSec: this.#finished() ? 0 : claimWaitSec,
        },
        waitMs: claimWaitSec * 1_000,
        signal: AbortSignal.any([reopen.signal, this.#ending.signal]),
      });
      this.#acknowledged = this.#acknowledged.filter((id) => !acknowledged.includes(id));
      this.#setOnline();
      return answer;
    } catch (error) {
      if (reopen.signal.aborted || this.#ending.signal.aborted) return undefined;
      throw error;
    }
  }

  /** While sessions run the open claim is not enough: it may wait longer than a lease lasts. */
  #beat(): void {
    if (this.#sessions.size === 0) return;
    const body = { leases: this.#leases(), draining: this.#draining };
    this.#options.server
      .call('heartbeat', { id: this.#runnerId, body, signal: this.#ending.signal })
      .then((answer) => this.#obey(answer))
      .catch(() => undefined);
  }

  #leases(): HeldLease[] {
    return [...this.#sessions].map(([runId, { token }]) => ({ runId, token }));
  }

  #obey({ commands, stale }: Pick<ClaimAnswer, 'commands' | 'stale'>): void {
    for (const command of commands) {
      this.#sessions.get(command.runId)?.execution?.stop();
      if (!this.#acknowledged.includes(command.id)) this.#acknowledged.push(command.id);
    }
    for (const runId of stale) this.#sessions.get(runId)?.execution?.stop();
  }

  #begin(run: ClaimedRun): void {
    if (this.#sessions.has(run.id)) return;
    const { settings, server, agent, allowlist } = this.#options;
    let outbox: Outbox;
    try {
      outbox = Outbox.create(join(settings.runnerDir, 'outbox'), run);
    } catch (error) {
      this.#refuseWithoutOutbox(run, error as Error);
      return;
    }
    const delivery = new Delivery(server, outbox, this.#ending.signal);
    const execution = execute({
      run,
      agent,
      allowlist,
      permissionModes: settings.permissionModes,
      outbox,
      begin: () => this.#start(run),
      onEvent: (event) => {
        delivery.push(event);
        this.emit('event', run.id, event);
      },
    });
    const session: Session = { token: run.token, execution, delivery };
    this.#sessions.set(run.id, session);
    this.emit('started', run);
    execution.done.then(() => {
      session.execution = undefined;
      delivery.finish();
      this.emit('ended', run.id, outbox.finish?.status ?? 'FAILED');
    });
    this.#watch(run.id, session);
  }

  /** Repeated until the server has answered: whether the agent is spawned depends on it. */
  async #start({ id, token }: ClaimedRun): Promise<void> {
    const backOff = new BackOff();
    for (;;) {
      try {
        await this.#options.server.call('startRun', { id, body: { token }, signal: this.#ending.signal });
        return;
      } catch (error) {
        if (!(error instanceof ControlPlaneError && error.isTransient) || this.#ending.signal.aborted)
          throw error;
        await backOff.wait(error, this.#ending.signal);
      }
    }
  }

  /** A disk that takes nothing cannot hold a session: the run fails at once, with the reason. */
  #refuseWithoutOutbox(run: ClaimedRun, error: Error): void {
    const message = `The runner cannot write to its disk: ${error.message}`;
    const { token, lastSeq } = run;
    const finishedAt = new Date().toISOString();
    const failure = { code: 'outbox_failed', message } as const;
    const body = { token, status: 'FAILED' as const, failure, finishedAt, lastSeq, logChecksum: 0 };
    this.#options.server.call('finishRun', { id: run.id, body }).catch(() => undefined);
  }

  #watch(runId: string, session: Session): void {
    session.delivery.done.then((end) => {
      if (end === 'stale') session.execution?.stop();
      const gone = () => {
        this.#sessions.delete(runId);
        // A slot is free, or the last session of a drain has ended.
        this.#reopenClaim();
      };
      if (session.execution) session.execution.done.then(gone);
      else gone();
    });
  }

  /** Ends truthfully what a daemon before this one left: its sessions died with it. */
  #adopt(): void {
    const { settings, server } = this.#options;
    for (const outbox of Outbox.adoptAll(join(settings.runnerDir, 'outbox'))) {
      if (!outbox.started && !outbox.finish) {
        // Nothing was executed: the server offers the run again.
        outbox.forget();
        continue;
      }
      killTree(null, outbox.run.id).catch(() => undefined);
      if (!outbox.finish) {
        const message = 'The runner was restarted while the session ran.';
        outbox.append({ kind: 'error', message, data: { code: 'runner_lost' } });
        outbox.end({
          status: 'FAILED',
          failure: { code: 'runner_lost', message },
          agentSessionId: outbox.agentSessionId ?? null,
        });
      }
      const delivery = new Delivery(server, outbox, this.#ending.signal);
      const session = { token: outbox.run.token, execution: undefined, delivery };
      this.#sessions.set(outbox.run.id, session);
      this.#watch(outbox.run.id, session);
    }
  }

  async #recover(error: ControlPlaneError): Promise<void> {
    if (error.code === 'RUNNER_OUTDATED') throw error;
    if (error.code === 'NOT_FOUND') this.#runnerId = '';
    if (this.#ending.signal.aborted) return;
    if (this.#online || error.status === 401 || error.status === 403) this.emit('offline', error);
    this.#online = false;
    await this.#backOff.wait(error, this.#ending.signal);
  }

  #setOnline(): void {
    if (this.#online) return;
    this.#online = true;
    this.emit('online', this.#runnerId);
  }
}
