import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { ClaimedRun, Failure, HeldLease } from '@agentfleet/contract';
import type { PermissionRequest } from './agents/agent.js';
import { ApprovalDesk } from './approvals/approval-desk.js';
import { type Attempt, carryOut, lose, start } from './attempt.js';
import { Taken, type Told, type Unfit } from './control-plane/told.js';
import { type Execution, execute } from './executor/execute.js';
import { Places } from './executor/places.js';
import { adoptOutboxes } from './outbox/adopt.js';
import { Delivery } from './outbox/delivery.js';
import { Outbox } from './outbox/outbox.js';
import { type Loss, putAway } from './outbox/put-away.js';
import type { OutboxRun } from './outbox/records.js';
import { PartialSender } from './partials/partial-sender.js';
import { killTree } from './processes/kill-tree.js';
import type { RunnerEvents, RunnerOptions } from './runner-options.js';

/** Most leases one request may name. */
export const mostLeases = 256;
/** How long before its lease runs out a session is stopped, so that it has ended when another begins, ms. */
const fenceMs = 10_000;
/** How long after a sleep the server may take to confirm the leases, ms. */
const confirmMs = 5_000;

/** The attempts a runner holds: what is executed, and what is still to be delivered. */
export class Attempts {
  readonly #options: RunnerOptions;
  readonly #ending: AbortSignal;
  readonly #notify: Pick<EventEmitter<RunnerEvents>, 'emit'>;
  readonly #onChange: () => void;
  /** By token: for a moment a run may have an old attempt and a new one. */
  readonly #attempts = new Map<string, Attempt>();
  readonly #places: Places;
  /** As the server says. */
  leaseMs = Number.POSITIVE_INFINITY;

  /** @param onChange called when a slot is free, the last attempt has gone, or nobody watches a session any more */
  constructor(
    options: RunnerOptions,
    ending: AbortSignal,
    notify: Pick<EventEmitter<RunnerEvents>, 'emit'>,
    onChange: () => void,
  ) {
    this.#options = options;
    this.#places = new Places(options.settings.maxConcurrentRuns);
    this.#ending = ending;
    this.#notify = notify;
    this.#onChange = onChange;
  }

  /** What this process leaves in the outbox, for the next one to deliver. */
  readonly left: HeldLease[] = [];

  /** How many there are, executing or not. */
  get size(): number {
    return this.#attempts.size;
  }

  /** Sessions that are being executed. */
  get running(): number {
    return this.#executions().length;
  }

  get runningIds(): string[] {
    return [...this.#attempts.values()].flatMap(({ run, execution }) => (execution ? [run.id] : []));
  }

  /** How many may run at once. */
  set most(most: number) {
    this.#places.most = most;
  }

  /** What to renew, executing ones first. */
  leases(): HeldLease[] {
    const held = [...this.#attempts.values()].filter(({ lost }) => lost === undefined);
    const attempts = held.sort(
      (a, b) => Number(b.execution !== undefined) - Number(a.execution !== undefined),
    );
    return attempts.slice(0, mostLeases).map(({ run }) => ({ runId: run.id, token: run.token }));
  }

  /** Those of `leases` whose sessions are watched live, as far as is known here. */
  watched(leases: readonly HeldLease[]): string[] {
    return leases
      .filter(({ token }) => this.#attempts.get(token)?.partials?.watched)
      .map(({ runId }) => runId);
  }

  /** Executes a claimed run. A run that is given again, because an answer was lost, is begun once. */
  #begin(run: ClaimedRun): void {
    if (this.#attempts.has(run.token)) return;
    // An attempt of this run that we held before has lost it, or the run would not have been given out again.
    const earlier = [...this.#attempts.values()].filter((attempt) => attempt.run.id === run.id);
    for (const attempt of earlier) lose(attempt, 'unclear');
    const { settings, server, agent, allowlist } = this.#options;
    let outbox: Outbox;
    try {
      outbox = Outbox.create(join(settings.runnerDir, 'outbox'), run, this.#outboxOptions);
    } catch (error) {
      this.#refuseWithoutOutbox(run, error as Error);
      return;
    }
    const delivery = new Delivery(server, outbox, this.#ending);
    const desk = new ApprovalDesk(server, run, this.#ending);
    const waiting: PermissionRequest[] = [];
    const partials = new PartialSender(server, run, this.#ending, this.#onChange);
    const execution = execute({
      run,
      agent,
      allowlist,
      permissionModes: settings.permissionModes,
      limits: {
        timeoutSec: settings.maxTimeoutSec,
        stallSec: settings.maxStallSec,
        approvalSec: settings.maxApprovalSec,
      },
      outbox,
      begin: async (directory, signal) => {
        await Promise.all(earlier.map((attempt) => attempt.gone));
        await this.#places.take(run.token, { directory, shared: run.sharedCwd ?? true }, signal);
        return start(server, attempt, signal, this.#ending);
      },
      approve: async (request, waitSec, signal) => {
        const say = () => this.#notify.emit('approvals', run.id, [...waiting]);
        waiting.push(request);
        say();
        const settled = await desk.ask(request, waitSec, signal);
        waiting.splice(waiting.indexOf(request), 1);
        say();
        return settled;
      },
      onEvent: (event) => {
        delivery.push();
        partials.logged(event);
        this.#notify.emit('event', run.id, event);
      },
      onPartial: (piece) => partials.add(piece, outbox.lastSeq),
    });
    const ended = execution.done.then((end) => {
      this.#places.leave(run.token);
      attempt.execution = undefined;
      if (end === 'dropped') lose(attempt, attempt.lost ?? 'superseded');
      else delivery.finish();
      partials.stop();
      this.#notify.emit('ended', run.id, end === 'dropped' ? 'DROPPED' : (outbox.finish?.status ?? 'FAILED'));
    });
    const attempt: Attempt = {
      run,
      mayRunAgain: run.mayRunAgain,
      renewedAt: performance.now(),
      execution,
      delivery,
      partials,
      desk,
      lost: undefined,
      gone: this.#goneAfter(() => attempt, outbox, delivery, ended),
    };
    this.#attempts.set(run.token, attempt);
    this.#notify.emit('started', run);
  }

  /**
   * Carries out what the server asks.
   * @param sent the leases of the request that it answers, and when that was sent
   */
  obey(
    { runs, commands, stale, unknown, deleted, watched = [], unfit }: Told,
    sent: HeldLease[],
    sentAt: number,
  ): void {
    for (const { runId, token } of sent) {
      const attempt = this.#attempts.get(token);
      if (!attempt) continue;
      if (deleted?.includes(runId)) lose(attempt, 'deleted');
      else if (unknown?.includes(runId)) lose(attempt, 'orphaned');
      else if (stale.includes(runId)) lose(attempt, unknown ? 'superseded' : 'unclear');
      else attempt.renewedAt = Math.max(attempt.renewedAt, sentAt);
      if (attempt.partials) attempt.partials.watched = watched.includes(runId);
    }
    for (const run of runs) {
      // More than can be renewed were not asked for: their leases run out.
      if (this.#attempts.size < mostLeases) this.#begin(run);
    }
    for (const { run, why } of unfit) if (run) this.#refuseUnfit(run, why);
    // A run may come together with the command to cancel it.
    for (const command of commands) {
      for (const attempt of this.#attempts.values()) {
        if (attempt.run.id === command.runId) carryOut(command, attempt);
      }
    }
  }

  /** Ends every session: CANCELLED, or FAILED with the failure. */
  stopAll(failure?: Failure): void {
    for (const execution of this.#executions()) execution.stop(failure);
  }

  /** Ends the sessions of a run: for a moment there may be two. */
  stop(runId: string, failure?: Failure): void {
    for (const { run, execution } of this.#attempts.values()) {
      if (run.id === runId) execution?.stop(failure);
    }
  }

  /** Stops what another runner may be about to start, because its lease could not be renewed in time. */
  fence(): void {
    for (const attempt of this.#attempts.values()) {
      const { mayRunAgain, execution, renewedAt } = attempt;
      const isOld = performance.now() - renewedAt > this.#heldMs;
      if (!mayRunAgain || !execution || !isOld) continue;
      if (attempt.lost === undefined) lose(attempt, 'superseded');
      // There is no time for a session that takes its time.
      else execution.drop();
    }
  }

  /** After a sleep nobody knows how old a lease is: the server must confirm it soon. */
  doubt(): void {
    const renewedAt = performance.now() - this.#heldMs + confirmMs;
    for (const attempt of this.#attempts.values()) {
      attempt.renewedAt = Math.min(attempt.renewedAt, renewedAt);
    }
  }

  /** Resolves when nothing is being executed. */
  async idle(): Promise<void> {
    await Promise.all(this.#executions().map((execution) => execution.done));
  }

  /** Resolves when nothing is left; after `ending` was aborted that is soon. */
  async gone(): Promise<void> {
    await Promise.all([...this.#attempts.values()].map((attempt) => attempt.gone));
  }

  /** Ends truthfully what a process before this one left: its sessions died with it, or do so now. */
  adopt(): void {
    const { outboxes, elsewhere, troubles } = adoptOutboxes(
      join(this.#options.settings.runnerDir, 'outbox'),
      this.#outboxOptions,
    );
    for (const trouble of troubles) this.#notify.emit('trouble', trouble);
    this.#sayElsewhere(elsewhere);
    for (const outbox of outboxes) {
      const { run } = outbox;
      if (!outbox.started && !outbox.finish && outbox.lastSeq === run.lastSeq) {
        // Nothing was executed: the server offers the run again.
        outbox.remove();
        continue;
      }
      const attempt: Attempt = {
        run,
        mayRunAgain: false,
        renewedAt: performance.now(),
        execution: undefined,
        delivery: undefined,
        partials: undefined,
        desk: undefined,
        lost: undefined,
        gone: this.#deliverAdopted(outbox, () => attempt),
      };
      this.#attempts.set(run.token, attempt);
    }
  }

  #sayElsewhere(runs: readonly OutboxRun[]): void {
    for (const { id } of runs) void killTree(null, id).catch(() => undefined);
    const servers = new Set(runs.map(({ server }) => server));
    for (const server of servers) {
      const sentence = `What ${server} has not taken of its sessions stays here until this runner works for it again.`;
      this.#notify.emit('trouble', sentence);
    }
  }

  async #deliverAdopted(outbox: Outbox, attempt: () => Attempt): Promise<void> {
    const { run } = outbox;
    const message = outbox.damaged
      ? 'The disk of the runner damaged the log of this session. What came next is lost.'
      : 'The runner was restarted while the session ran.';
    // The end is told only when no process of the session is left.
    await killTree(null, run.id).catch((error: Error) => this.#notify.emit('trouble', error.message));
    if (!outbox.finish) {
      // The wall clock of a machine that has just started may be anywhere.
      await Promise.race([this.#options.server.clock.known, aborted(this.#ending)]);
      if (this.#ending.aborted) return;
      const code = outbox.damaged ? 'outbox_failed' : 'runner_lost';
      try {
        outbox.append({ kind: 'error', message, data: { code } });
      } catch {
        // The failure says the same.
      }
      const agentSessionId = outbox.agentSessionId ?? null;
      await outbox.end({ ...outbox.figures, status: 'FAILED', failure: { code, message }, agentSessionId });
    }
    const delivery = new Delivery(this.#options.server, outbox, this.#ending);
    attempt().delivery = delivery;
    await this.#goneAfter(attempt, outbox, delivery, Promise.resolve());
  }

  async #goneAfter(
    attempt: () => Attempt,
    outbox: Outbox,
    delivery: Delivery,
    ended: Promise<void>,
  ): Promise<void> {
    const end = await delivery.done;
    if (end === 'superseded' || end === 'deleted' || end === 'orphaned' || end === 'refused')
      lose(attempt(), end);
    else if (end === 'unreadable') attempt().execution?.drop();
    await ended;
    const { lost, run } = attempt();
    if (end === 'unreadable')
      this.#notify.emit('trouble', `${run.id}: its log cannot be read: ${delivery.fault}`);
    else if (lost && end !== 'delivered') await this.#putAway(outbox, lost);
    this.#attempts.delete(run.token);
    if (end === 'interrupted') this.left.push({ runId: run.id, token: run.token });
    this.#onChange();
  }

  async #putAway(outbox: Outbox, loss: Loss): Promise<void> {
    try {
      const words = await putAway(outbox, loss);
      if (words !== undefined) this.#notify.emit('trouble', words);
    } catch (error) {
      this.#notify.emit(
        'trouble',
        `${outbox.run.id}: its log stays in the outbox: ${(error as Error).message}`,
      );
    }
  }

  /** A disk that takes nothing cannot hold a session: the run fails at once, with the reason. */
  #refuseWithoutOutbox(run: ClaimedRun, error: Error): void {
    const message = `The runner cannot write to its disk: ${error.message}`;
    this.#notify.emit('trouble', message);
    this.#failAtOnce(run, { code: 'outbox_failed', message });
  }

  /**
   * What cannot be read is not executed, and what could be done instead is nobody's guess: the run fails with the reason.
   * Where the server does not hear it, the lease runs out.
   */
  #refuseUnfit(run: NonNullable<Unfit['run']>, why: string): void {
    const message = `The runner cannot take the session as the server asks for it: ${why}. A newer runner may.`;
    this.#failAtOnce(run, { code: 'internal', message });
  }

  #failAtOnce({ id, token, lastSeq }: NonNullable<Unfit['run']>, failure: Failure): void {
    const finishedAt = new Date(this.#options.server.clock.now()).toISOString();
    const body = { token, status: 'FAILED' as const, failure, finishedAt, lastSeq, logChecksum: 0 };
    this.#options.server.call('finishRun', { id, body, as: Taken }).catch(() => undefined);
  }

  /** How long after a renewal a session may go on without the next one, ms. */
  get #heldMs(): number {
    return this.leaseMs - Math.min(fenceMs, this.leaseMs / 3);
  }

  get #outboxOptions() {
    const { clock } = this.#options.server;
    return { now: () => clock.now(), server: this.#options.settings.url };
  }

  #executions(): Execution[] {
    return [...this.#attempts.values()].flatMap((attempt) => attempt.execution ?? []);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
