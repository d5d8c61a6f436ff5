import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { LocalSession, RunnerPhase, RunnerStatus } from '@agentfleet/bridge';
import { type Failure, type PauseLength, pauseSec, pauseWords, Run } from '@agentfleet/contract';
import {
  type Agent,
  ControlPlane,
  createAllowlist,
  createClaudeCode,
  Runner,
  type Settings,
} from '@agentfleet/runner-core';
import * as z from 'zod';
import { inAppWords } from './app-words.js';
import { type Asked, firstLine, LocalSessions } from './local-sessions.js';
import { sentenceOf } from './sentence-of.js';

/** Pauses between a runner that failed and the next one, ms: growing, and short again after a good while. */
const firstPauseMs = 1_000;
const longestPauseMs = 15_000;
/** How long the ends of sessions may take to reach the server before the key is let go or the app quits, ms. */
const deliverMs = 10_000;

export interface RunnerHostOptions {
  version: string;
  /** What sessions run in; nothing is begun before it is known. */
  env: NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>;
  log(text: string): void;
  /** For tests; Claude Code where it is not given. */
  createAgent?: (settings: Settings) => Agent;
  firstPauseMs?: number;
}

/** Who lets it finish what runs: a move to another server, or a quit. */
type Holder = 'move' | 'quit';

interface RunnerHostEvents {
  /** `status` is another one than before. */
  changed: [];
  ended: [session: LocalSession];
  /** Nothing runs any more. */
  idle: [];
  /** It began to wait for a person to allow a use of a tool. */
  waiting: [session: LocalSession];
  /** Something a person at the machine should know; the runner goes on. */
  trouble: [message: string];
}

/**
 * Keeps a runner alive in this process: starts it when it can work, again when it failed, and anew for another
 * connection. Nothing here ends a session but what says so: `stop`, `stopAll`, `letGo` and `end`.
 */
export class RunnerHost extends EventEmitter<RunnerHostEvents> {
  readonly #options: RunnerHostOptions;
  readonly #sessions = new LocalSessions();
  #wanted: Settings | undefined;
  #runner: Runner | undefined;
  /** What the runner works with. */
  #used: Settings | undefined;
  #running: Promise<void> | undefined;
  /** What the person wants of the next runner, where there is none: for how long, s, or null until resumed. */
  #pauseNext: { forSec: number | null } | undefined;
  /** Why it takes nothing new until what runs has ended, by who wants it so. */
  readonly #holds = new Map<Holder, string>();
  #ending = false;
  /** By run, all that sessions wait for a person to allow. */
  readonly #asked = new Map<string, Asked[]>();
  #phase: RunnerPhase = 'stopped';
  #reason: string | null = null;
  #runnerId: string | null = null;
  #tryNow = new AbortController();

  constructor(options: RunnerHostOptions) {
    super();
    this.#options = options;
  }

  get status(): RunnerStatus {
    const finishing = this.#finishing;
    return {
      phase: finishing === undefined ? this.#phase : 'draining',
      reason: finishing === undefined ? this.#reason : finishing,
      pause: this.#runner?.pausedNow ?? null,
      quits: this.#holds.has('quit'),
      runnerId: this.#runnerId,
      running: this.#sessions.running,
      recent: this.#sessions.recent,
    };
  }

  /** What a session waits for, by its name; undefined when that is over. */
  asked(runId: string, requestId: string): Asked | undefined {
    return this.#asked.get(runId)?.find((each) => each.requestId === requestId);
  }

  /** Why it takes no session though it is online, a sentence; undefined while it does. */
  get trouble(): string | undefined {
    const why = this.#runner?.roomTrouble;
    return why && `${why} This computer takes no session until a log can be kept there.`;
  }

  /**
   * What the runner shall work with from now on; undefined: nothing any more. What runs goes on as it began: where only
   * another runner can work so, that one takes its place when they have ended.
   */
  configure(settings: Settings | undefined): void {
    if (this.#ending || isDeepStrictEqual(settings, this.#wanted)) return;
    this.#wanted = settings;
    this.#tryNow.abort();
    this.#regulate();
    this.#running ??= this.#live().finally(() => {
      this.#running = undefined;
    });
    this.emit('changed');
  }

  pause(length: PauseLength = 'resumed'): void {
    const forSec = pauseSec(length);
    if (this.#runner) this.#runner.pauseHere(forSec);
    else this.#pauseNext = { forSec };
  }

  /** Takes sessions again, whoever paused it. */
  resume(): void {
    this.#pauseNext = undefined;
    this.#runner?.resumeHere();
    this.#tryNow.abort();
  }

  /** Takes nothing new until it is released, and says `idle` when nothing runs. @param reason a sentence for a person */
  hold(holder: Holder, reason: string): void {
    this.#holds.set(holder, reason);
    this.#regulate();
    this.emit('changed');
  }

  release(holder: Holder): void {
    this.#holds.delete(holder);
    this.#regulate();
    this.emit('changed');
  }

  /** Ends a session: CANCELLED. Again: at once. */
  stop(runId: string): void {
    this.#options.log(`${runId} is stopped here.`);
    this.#runner?.stop(runId);
  }

  stopAll(): void {
    for (const id of this.#runner?.runningIds ?? []) this.stop(id);
  }

  /**
   * Stops what runs and ends the runner. Resolves when the server knows, or after a while: what could not be delivered
   * then stays in the outbox, with a word.
   */
  async letGo(): Promise<void> {
    const runner = this.#runner;
    this.configure(undefined);
    if (!runner) return;
    this.stopAll();
    await runner.settled(deliverMs);
    await runner.leave();
    await this.#running;
  }

  /** The machine woke up or joined another network: what waits is tried now. */
  wake(): void {
    this.#tryNow.abort();
    this.#runner?.wake();
  }

  /** Ends the runner for good. Resolves when no session is left and what can be delivered is delivered. */
  async end(how: 'finish' | 'cancel', failure?: Failure): Promise<void> {
    this.#ending = true;
    this.#wanted = undefined;
    this.#holds.clear();
    this.#tryNow.abort();
    const runner = this.#runner;
    if (runner) {
      this.emit('changed');
      if (how === 'cancel') runner.cancelAll(failure);
      else runner.drain();
      await runner.settled(deliverMs);
      await runner.leave();
    }
    await this.#running;
  }

  /** Why it takes nothing new while sessions run or the app quits; undefined while it does. */
  get #finishing(): string | null | undefined {
    if (!this.#runner) return undefined;
    if (this.#ending) return null;
    if (this.#sessions.running.length === 0) return undefined;
    const held = this.#holds.get('quit') ?? this.#holds.get('move');
    if (held !== undefined) return held;
    if (this.#wanted === undefined) return 'It stops when the current sessions have ended.';
    if (this.#used && sameConnection(this.#used, this.#wanted)) return undefined;
    return 'The new settings take effect when the current sessions have ended.';
  }

  /** Lets the runner do what is wanted of it, and leaves it where it cannot, once nothing runs. */
  #regulate(): void {
    const runner = this.#runner;
    if (!runner || !this.#used) return;
    const fits = this.#wanted !== undefined && sameConnection(this.#used, this.#wanted);
    if (fits && this.#wanted && !isDeepStrictEqual(this.#used, this.#wanted)) {
      this.#used = this.#wanted;
      void this.#use(runner, this.#used);
    }
    if (this.#holds.size > 0 || !fits) runner.hold();
    else runner.release();
    if (!fits && runner.running === 0) runner.drain();
  }

  async #use(runner: Runner, settings: Settings): Promise<void> {
    const env = await this.#options.env;
    if (settings === this.#used) runner.use(this.#tools(settings, env));
  }

  async #live(): Promise<void> {
    let pauseMs = this.#options.firstPauseMs ?? firstPauseMs;
    for (let settings = this.#wanted; settings; settings = this.#wanted) {
      const startedAt = performance.now();
      try {
        await this.#workWith(settings);
        pauseMs = this.#options.firstPauseMs ?? firstPauseMs;
      } catch (error) {
        this.#options.log(`The runner failed: ${(error as Error).stack}`);
        if (performance.now() - startedAt > longestPauseMs) pauseMs = firstPauseMs;
        this.#become('blocked', sentenceOf(error as Error));
        this.#tryNow = new AbortController();
        if (this.#wanted === settings) await this.#wait(pauseMs);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
    this.#become('stopped', null);
  }

  async #workWith(settings: Settings): Promise<void> {
    const { version } = this.#options;
    const env = await this.#options.env;
    if (settings !== this.#wanted) return;
    const server = new ControlPlane({ ...settings, version });
    const runner = new Runner({ ...this.#tools(settings, env), server, version });
    this.#listen(runner, server);
    if (this.#pauseNext) runner.pauseHere(this.#pauseNext.forSec);
    this.#pauseNext = undefined;
    this.#runner = runner;
    this.#used = settings;
    this.#become('starting', null);
    this.#regulate();
    try {
      await runner.run();
    } finally {
      this.#runner = undefined;
      this.#used = undefined;
      for (const { id } of this.#sessions.running) this.#ended(id, 'FAILED');
    }
  }

  /** What a runner works with, and may be told anew. */
  #tools(settings: Settings, env: NodeJS.ProcessEnv) {
    const agent =
      this.#options.createAgent?.(settings) ?? createClaudeCode({ env, ...executableOf(settings) });
    return { settings, agent, allowlist: createAllowlist(settings.directories) };
  }

  #listen(runner: Runner, server: ControlPlane): void {
    const { log } = this.#options;
    runner.on('online', (id) => {
      this.#runnerId = id;
      log(`Online as ${id}.`);
      this.#become('online', null);
      void this.#remember(server, id);
    });
    runner.on('offline', (error) => {
      log(`Offline: ${error.code} ${error.message}`);
      if (!error.isUsers) return this.#become('offline', sentenceOf(error));
      // It does not mend by itself, as a server that is away does.
      this.#become('blocked', sentenceOf(error));
      this.emit('trouble', sentenceOf(error));
    });
    runner.on('paused', (pause) => {
      log(pause ? `${pauseWords(pause, 'on this computer')}.` : 'Takes sessions again.');
      this.emit('changed');
    });
    runner.on('room', (why) => {
      log(why ?? 'There is room for logs again.');
      this.emit('changed');
    });
    runner.on('remark', log);
    runner.on('trouble', (message) => {
      log(message);
      this.emit('trouble', inAppWords(message));
    });
    runner.on('started', (run) => {
      log(`${run.id} starts.`);
      this.#sessions.started(run);
      this.emit('changed');
    });
    runner.on('event', (id, event) => {
      if (this.#sessions.event(id, event)) this.emit('changed');
    });
    runner.on('approvals', (id, waiting) => {
      this.#asked.set(id, waiting);
      const session = this.#sessions.waiting(id, waiting);
      if (!session) return;
      if (session.began) this.emit('waiting', session.session);
      this.emit('changed');
    });
    runner.on('ended', (id, status) => this.#ended(id, status));
  }

  #ended(id: string, status: string): void {
    this.#options.log(`${id} ${status}.`);
    this.#asked.delete(id);
    const session = this.#sessions.ended(id, status);
    if (session) this.emit('ended', session);
    this.#regulate();
    this.emit('changed');
    if (this.#sessions.running.length === 0) this.emit('idle');
  }

  /** What this runner did before this start, where the key may read it. */
  async #remember(server: ControlPlane, runnerId: string): Promise<void> {
    const answer = await server
      .send('GET', `/api/v1/runs?runnerId=${runnerId}&limit=10`)
      .catch(() => undefined);
    if (answer?.status !== 200) return;
    const data = readRuns(answer.text);
    this.#sessions.remember(
      data
        .filter(({ finishedAt }) => finishedAt !== null)
        .map(({ id, cwd, input, status, failure }) => {
          return {
            id,
            cwd,
            title: firstLine(input),
            status,
            lastLine: firstLine(failure?.message ?? ''),
            waitingFor: [],
            answerable: [],
          };
        }),
    );
    this.emit('changed');
  }

  #become(phase: RunnerPhase, reason: string | null): void {
    if (phase === this.#phase && reason === this.#reason) return;
    this.#phase = phase;
    this.#reason = reason;
    this.emit('changed');
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#tryNow.signal }).catch(() => undefined);
  }
}

/** As far as it is shown: a newer server may have other codes. */
const failure = z.object({ message: z.string() }).nullable();

/** Of a list of runs, what is shown; where it is not one, there is nothing to show. */
const Runs = z.object({
  data: z.array(
    z.object({
      ...Run.pick({ id: true, cwd: true, input: true, status: true, finishedAt: true }).shape,
      failure,
    }),
  ),
});

function readRuns(text: string): z.infer<typeof Runs>['data'] {
  try {
    return Runs.safeParse(JSON.parse(text)).data?.data ?? [];
  } catch {
    return [];
  }
}

function executableOf({ claudePath }: Settings): { executable?: string } {
  return claudePath === undefined ? {} : { executable: claudePath };
}

/** Whether the same runner can work with both. */
function sameConnection(one: Settings, other: Settings): boolean {
  return one.url === other.url && one.apiKey === other.apiKey && one.runnerDir === other.runnerDir;
}
