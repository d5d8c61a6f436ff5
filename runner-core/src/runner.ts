import { EventEmitter } from 'node:events';
import { arch, hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimInput, Failure, Platform, RegisteredRunner, RunnerPause } from '@agentfleet/contract';
import { Acknowledgements } from './acknowledgements.js';
import { offeredModes } from './agents/offered-modes.js';
import { Attempts, mostLeases } from './attempts.js';
import { Complaints } from './complaints.js';
import { BackOff } from './control-plane/back-off.js';
import { ControlPlaneError } from './control-plane/client.js';
import { Told } from './control-plane/told.js';
import { readIdentity } from './identity.js';
import { Answering } from './inquiries/answering.js';
import { LogRoom } from './outbox/log-room.js';
import { Pausing } from './pausing.js';
import { Registration } from './registration.js';
import { lockRunnerDir } from './runner-lock.js';
import type { Changeable, RunnerEvents, RunnerOptions } from './runner-options.js';
import { SettingsError } from './settings.js';
import { WakeWatch } from './wake-watch.js';

/** How long a claim waits at the server, s: an idle runner makes two requests a minute. */
const claimWaitSec = 30;
/** How long a runner that ends waits for the server to hear of it, ms. */
const goodbyeMs = 2_000;
/** How long a runner that drains tries to deliver to a server that is away, once nothing runs, ms. */
const lastTriesMs = 10_000;
/** However often or seldom a server asks for a heartbeat, ms. */
const leastBeatMs = 200;
const mostBeatMs = 60 * 60_000;

/** What each request says of this runner. */
type Status = Pick<ClaimInput, 'leases'> & { acknowledged: string[]; draining: boolean };

/**
 * A runner: registers, keeps one claim open, executes what it is given, and delivers what happened. The tray app
 * and the daemon are made of it.
 */
export class Runner extends EventEmitter<RunnerEvents> {
  /** Its own: the attempts see what is changed in it. */
  readonly #options: RunnerOptions;
  readonly #ending = new AbortController();
  readonly #attempts: Attempts;
  readonly #registration: Registration;
  readonly #backOff: BackOff;
  readonly #wakeWatch: WakeWatch;
  readonly #pausing: Pausing;
  readonly #room: LogRoom;
  readonly #answering: Answering;
  readonly #acknowledgements = new Acknowledgements();
  readonly #complaints = new Complaints((sentence) => this.emit('trouble', sentence));
  #draining = false;
  #held = false;
  #registered: RegisteredRunner | undefined;
  /** Counts the changes of what a registration says, and those that the server knows. */
  #changes = 0;
  #changesKnown = 0;
  #heartbeat: NodeJS.Timeout | undefined;
  /** Ends the open claim, whose words are no longer so. */
  #reopenClaim: () => void = () => undefined;
  /** Ends the wait after a failure. */
  #retryNow: () => void = () => undefined;
  /** Whether the server has ever taken this runner. */
  #wasOnline = false;
  /** Why it is offline, as it was told last; empty while it is not. */
  #offlineReason = '';
  /** Since when only the server's absence keeps it from ending, by the monotonic clock, ms. */
  #undeliverableSince: number | undefined;

  constructor(options: RunnerOptions) {
    super();
    this.#options = { ...options };
    this.#room = new LogRoom(options.settings.runnerDir, (why) => {
      this.emit('room', why ?? null);
      this.#reopenClaim();
    });
    this.#pausing = new Pausing(options.settings.runnerDir, (pause) => this.emit('paused', pause));
    const say = (sentence: string) => this.emit('trouble', sentence);
    this.#registration = new Registration({ ...options, say });
    this.#backOff = new BackOff(options.server.mostBackOffMs);
    this.#answering = new Answering(() => this.#options, this.#ending.signal);
    this.#attempts = new Attempts(this.#options, this.#ending.signal, this, () => this.#reopenClaim());
    this.#wakeWatch = new WakeWatch({ tick: () => this.#tick(), woke: () => this.wake() }, options.tickMs);
  }

  /** Sessions that are being executed. */
  get running(): number {
    return this.#attempts.running;
  }

  /**
   * Works until it has drained or was ended. Throws when another process holds the runner's directory, and a
   * ControlPlaneError when only the user can mend what the server refuses: at the first registration a wrong key or
   * setting, at any time an outdated protocol; sessions that run are then finished before.
   */
  async run(): Promise<void> {
    const { settings, visit } = this.#options;
    const unlock = await lockRunnerDir(settings.runnerDir, { visit, lost: () => this.#replaced() });
    try {
      this.#attempts.adopt();
      this.#pausing.restore();
      this.#wakeWatch.start();
      while (!this.#finished()) await this.#takeTurn();
    } catch (error) {
      if (!(error instanceof ControlPlaneError)) this.#attempts.stopAll();
      throw error;
    } finally {
      await this.#attempts.idle();
      clearInterval(this.#heartbeat);
      this.#wakeWatch.stop();
      this.#ending.abort();
      await this.#attempts.gone();
      this.#sayWhatStays();
      await this.#sayGoodbye();
      unlock();
    }
  }

  /** Why it takes nothing new though it would: no log can be kept. A sentence for a person. */
  get roomTrouble(): string | undefined {
    return this.#room.why;
  }

  /** It finishes what runs, and then ends. */
  get draining(): boolean {
    return this.#draining;
  }

  /** The runs whose sessions are being executed. */
  get runningIds(): string[] {
    return this.#attempts.runningIds;
  }

  /** Sessions that have ended here and whose end the server does not know yet. */
  get undelivered(): number {
    return this.#attempts.size - this.#attempts.running + this.#attempts.left.length;
  }

  /** Works with something else from now on, and tells the server. Sessions that run go on as they began. */
  use(changed: Changeable): void {
    Object.assign(this.#options, changed);
    this.#attempts.most = changed.settings.maxConcurrentRuns;
    this.#changes += 1;
    this.#reopenClaim();
    this.#retryNow();
  }

  /** Finishes what runs and takes nothing new until `release`; the server shows it as draining. Of this process alone. */
  hold(): void {
    this.#held = true;
    this.#reopenClaim();
  }

  /** Takes runs again. */
  release(): void {
    this.#held = false;
    this.#reopenClaim();
  }

  /** The pause that people see and end, whoever asked for it; null while there is none. */
  get pausedNow(): RunnerPause | null {
    return this.#pausing.now;
  }

  /**
   * The person at the machine pauses it: it finishes what runs and takes nothing new, also after a restart.
   * @param forSec after how long it takes runs again by itself, s; null: when somebody resumes it
   */
  pauseHere(forSec: number | null = null): void {
    this.#wish(true, forSec);
  }

  /** The person at the machine lets it take runs again, whoever paused it. */
  resumeHere(): void {
    this.#wish(false, null);
  }

  #wish(paused: boolean, forSec: number | null): void {
    this.#pausing.wish(paused, forSec);
    this.#reopenClaim();
    this.#retryNow();
  }

  /**
   * Finishes what runs and takes nothing new; `run` then returns, after what has ended is delivered or, where the server is
   * away, stays in the outbox.
   */
  drain(): void {
    this.#draining = true;
    this.#reopenClaim();
    this.#retryNow();
  }

  /** Drains, and ends every session: CANCELLED, or FAILED with the failure. */
  cancelAll(failure?: Failure): void {
    this.#attempts.stopAll(failure);
    this.drain();
  }

  /** Ends a session, whatever the server says of it: CANCELLED, or FAILED with the failure. Again: at once. */
  stop(runId: string, failure?: Failure): void {
    this.#attempts.stop(runId, failure);
  }

  /** Resolves when nothing runs and the server knows every end, or after a while. */
  async settled(patienceMs: number): Promise<void> {
    await this.#attempts.idle();
    this.#retryNow();
    await Promise.race([this.#attempts.gone(), delay(patienceMs, undefined, { ref: false })]);
  }

  /** Returns from `run` without waiting for the server: what is not delivered stays in the outbox. */
  async leave(): Promise<void> {
    await this.#attempts.idle();
    this.#ending.abort();
    this.#reopenClaim();
    this.#retryNow();
  }

  /** The machine was asleep: asks the server at once what is still this runner's, and the time, on new connections. */
  wake(): void {
    this.#attempts.doubt();
    this.#options.server.reconnect();
    this.#beat();
    this.#reopenClaim();
    this.#retryNow();
  }

  #tick(): void {
    this.#attempts.fence();
    if (this.#pausing.endsNow()) this.#reopenClaim();
    this.#room.watch();
    const waits = this.#draining && this.running === 0 && this.#offlineReason !== '';
    if (!waits) this.#undeliverableSince = undefined;
    else this.#undeliverableSince ??= performance.now();
    const since = this.#undeliverableSince;
    if (since === undefined || performance.now() - since < lastTriesMs || this.#ending.signal.aborted) return;
    this.#ending.abort();
  }

  #sayWhatStays(): void {
    const { length } = this.#attempts.left;
    if (length === 0) return;
    const what = length === 1 ? 'a session' : `${length} sessions`;
    const why = this.#offlineReason === '' ? 'has not taken it all yet' : 'is away';
    const sentence = `The server ${why}: the log of ${what} stays here until the next start delivers it.`;
    this.emit('trouble', sentence);
  }

  #replaced(): void {
    const { runnerDir } = this.#options.settings;
    const sentence = `Another runner uses ${runnerDir} now, for the lock of this one was removed. It finishes what runs, and ends.`;
    this.emit('trouble', sentence);
    this.drain();
  }

  #finished(): boolean {
    return this.#ending.signal.aborted || (this.#draining && this.#attempts.size === 0);
  }

  async #takeTurn(): Promise<void> {
    try {
      await this.#registerWhereNeeded();
      if (!this.#registered) return;
      const { id } = this.#registered;
      await this.#pausing.deliver(this.#options.server, id, this.#ending.signal);
      this.#room.check();
      const unfit = await this.#claim(id);
      // It would be answered alike at once.
      if (unfit > 0) await this.#pause(undefined);
      else this.#backOff.reset();
    } catch (error) {
      if (!(error instanceof ControlPlaneError)) throw error;
      await this.#recover(error);
    }
  }

  /** Throws as `run` does. */
  async #registerWhereNeeded(): Promise<void> {
    try {
      // Something else may be changed while the server is told.
      while (!this.#registered || (this.#changesKnown !== this.#changes && !this.#draining)) {
        const changes = this.#changes;
        this.#registered = await this.#register();
        this.#changesKnown = changes;
      }
    } catch (error) {
      if (!(error instanceof SettingsError) || this.running === 0) throw error;
      // What runs began with settings that were good.
      this.emit('trouble', `${error.message} The sessions that run may end first.`);
      this.drain();
    }
  }

  async #register(): Promise<RegisteredRunner> {
    const { settings, agent, allowlist, version } = this.#options;
    const probe = await agent.probe();
    const { modes, why } = offeredModes(settings.permissionModes, probe);
    if (modes.length === 0) throw new SettingsError(`${why} No other mode is allowed here.`);
    if (why !== '' && !this.#wasOnline) this.emit('remark', `${why} It is not offered.`);
    const { name, maxConcurrentRuns, runnerDir } = settings;
    const facts = {
      ...{ ...readIdentity(runnerDir), ...thisMachine(), version, name, maxConcurrentRuns },
      ...{ agentVersion: probe.version, directories: await allowlist.places(), permissionModes: modes },
    };
    const registered = await this.#registration.register(facts, this.#ending.signal);
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(
      () => {
        // While sessions run the open claim is not enough: it may wait longer than a lease lasts.
        if (this.#attempts.size > 0) this.#beat();
      },
      Math.min(Math.max(registered.heartbeatMs, leastBeatMs), mostBeatMs),
    );
    this.#attempts.leaseMs = registered.leaseMs;
    this.#pausing.told(registered.pause);
    this.#setOnline(registered.id);
    return registered;
  }

  /**
   * One long-poll; it is broken off when what it says is no longer so.
   * @returns how much of the answer could not be read
   */
  async #claim(runnerId: string): Promise<number> {
    const free = this.#options.settings.maxConcurrentRuns - this.#attempts.running;
    const reopen = new AbortController();
    this.#reopenClaim = () => reopen.abort();
    const status = this.#status();
    const sentAt = performance.now();
    try {
      const answer = await this.#options.server.call('claim', {
        id: runnerId,
        body: {
          ...status,
          ...this.#pausing.said,
          watched: this.#attempts.watched(status.leases),
          slots: status.draining ? 0 : Math.max(0, free),
          // The first answer after an outage says that it is over: it is not waited for.
          waitSec: this.#finished() || this.#offlineReason !== '' ? 0 : claimWaitSec,
        },
        waitMs: claimWaitSec * 1_000,
        signal: AbortSignal.any([reopen.signal, this.#ending.signal]),
        as: Told,
      });
      this.#setOnline(runnerId);
      this.#obey(runnerId, answer, status, sentAt);
      return answer.unfit.length;
    } catch (error) {
      if (!reopen.signal.aborted && !this.#ending.signal.aborted) throw error;
      return 0;
    }
  }

  #beat(): void {
    if (!this.#registered) return;
    const { id } = this.#registered;
    const body = this.#status();
    const sentAt = performance.now();
    this.#options.server
      .call('heartbeat', { id, body, signal: this.#ending.signal, as: Told })
      .then((answer) => this.#obey(id, answer, body, sentAt))
      // The claim is the one to tell of what fails.
      .catch(() => undefined);
  }

  /**
   * So that it is shown as offline at once, and the sessions that it does not name have ended. A server that does not
   * hear it finds out by itself a little later.
   */
  async #sayGoodbye(): Promise<void> {
    if (!this.#registered || this.#offlineReason !== '') return;
    const leases = this.#attempts.left.slice(0, mostLeases);
    const body = { leases, acknowledged: this.#acknowledgements.next, draining: true, leaving: true };
    await this.#options.server
      .call('heartbeat', { id: this.#registered.id, body, patienceMs: goodbyeMs, as: Told })
      .catch(() => undefined);
  }

  #status(): Status {
    return {
      leases: this.#attempts.leases(),
      acknowledged: this.#acknowledgements.next,
      draining: this.#draining || this.#held || this.#pausing.isOwnAlone || this.#room.why !== undefined,
    };
  }

  #obey(runnerId: string, answer: Told, sent: Status, sentAt: number): void {
    this.#attempts.obey(answer, sent.leases, sentAt);
    for (const each of answer.unfit) this.#complaints.ofUnfit(each);
    this.#pausing.told(answer.pause);
    this.#answering.take(runnerId, answer.inquiries);
    if (answer.credentialConflictAt !== undefined) this.#complaints.ofTwoPlaces();
    // What is not understood is not carried out later either.
    this.#acknowledgements.answered(sent.acknowledged, [
      ...answer.commands.map(({ id }) => id),
      ...answer.unfit.flatMap((one) => one.commandId ?? []),
    ]);
  }

  async #recover(error: ControlPlaneError): Promise<void> {
    if (this.#ending.signal.aborted) return;
    if (this.#registration.refused(error)) {
      this.#registered = undefined;
      return this.#pause(undefined);
    }
    if (error.code === 'RUNNER_OUTDATED' && this.running > 0) {
      this.emit('trouble', `${error.message} The sessions that run may end first.`);
    }
    if (error.code === 'RUNNER_OUTDATED' || (error.isUsers && !this.#wasOnline)) throw error;
    if (error.code === 'NOT_FOUND') this.#registered = undefined;
    // Perhaps a server of before, beside the one that told of pauses.
    if (error.code === 'VALIDATION_FAILED') this.#pausing.told(undefined);
    const reason = `${error.code} ${error.message}`;
    if (reason !== this.#offlineReason) this.emit('offline', error);
    this.#offlineReason = reason;
    await this.#pause(error);
  }

  async #pause(error: ControlPlaneError | undefined): Promise<void> {
    const retry = new AbortController();
    this.#retryNow = () => retry.abort();
    const ends = AbortSignal.any([retry.signal, this.#ending.signal]);
    await this.#backOff.wait(error, ends, this.#options.server.back);
  }

  #setOnline(runnerId: string): void {
    if (this.#wasOnline && this.#offlineReason === '') return;
    this.#wasOnline = true;
    this.#offlineReason = '';
    this.emit('online', runnerId);
  }
}

const thisMachine = () => ({ hostname: hostname(), platform: process.platform as Platform, arch: arch() });
