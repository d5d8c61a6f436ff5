import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { LocalSession, RunnerPhase, RunnerStatus } from '@agentfleet/bridge';
import { type Failure, Run, withHiddenSpelled } from '@agentfleet/contract';
import {
  type Agent,
  ControlPlane,
  ControlPlaneError,
  createAllowlist,
  createClaudeCode,
  Runner,
  type Settings,
} from '@agentfleet/runner-core';
import * as z from 'zod';
import { inAppWords } from './app-words.js';
import { firstLine, LocalSessions } from './local-sessions.js';

/** Pauses between a runner that failed and the next one, ms: growing, and short again after a good while. */
const firstPauseMs = 1_000;
const longestPauseMs = 15_000;
/** How long the end of the last session may take to reach the server when the app quits, ms. */
const deliverMs = 5_000;

export interface RunnerHostOptions {
  version: string;
  /** What sessions run in; nothing is begun before it is known. */
  env: NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>;
  log(text: string): void;
  /** For tests; Claude Code where it is not given. */
  createAgent?: (settings: Settings) => Agent;
  firstPauseMs?: number;
}

interface RunnerHostEvents {
  /** `status` is another one than before. */
  changed: [];
  ended: [session: LocalSession];
  /** It began to wait for a person to allow a use of a tool. */
  waiting: [session: LocalSession, use: string];
  /** Something a person at the machine should know; the runner goes on. */
  trouble: [message: string];
}

/** Keeps a runner alive in this process: starts it when it can work, again when it failed, anew when settings change. */
export class RunnerHost extends EventEmitter<RunnerHostEvents> {
  readonly #options: RunnerHostOptions;
  readonly #sessions = new LocalSessions();
  #wanted: Settings | undefined;
  #runner: Runner | undefined;
  #running: Promise<void> | undefined;
  #paused = false;
  #ending = false;
  #phase: RunnerPhase = 'stopped';
  #reason: string | null = null;
  #runnerId: string | null = null;
  #tryNow = new AbortController();

  constructor(options: RunnerHostOptions) {
    super();
    this.#options = options;
  }

  get status(): RunnerStatus {
    return {
      phase: this.#phase,
      reason: this.#reason,
      paused: this.#paused,
      runnerId: this.#runnerId,
      running: this.#sessions.running,
      recent: this.#sessions.recent,
    };
  }

  /**
   * What the runner shall work with from now on; undefined stops it, and its sessions. With other settings than
   * before the sessions that run are finished first.
   */
  configure(settings: Settings | undefined): void {
    if (this.#ending || isDeepStrictEqual(settings, this.#wanted)) return;
    this.#wanted = settings;
    this.#tryNow.abort();
    if (this.#runner) {
      if (!settings) this.#runner.cancelAll();
      this.#runner.drain();
      this.#runner.leave().catch(() => undefined);
      const reason = settings ? 'The new settings take effect when the current sessions have ended.' : null;
      this.#become('draining', reason);
    }
    this.#running ??= this.#live().finally(() => {
      this.#running = undefined;
    });
  }

  pause(): void {
    this.#paused = true;
    this.#runner?.pause();
    this.emit('changed');
  }

  resume(): void {
    this.#paused = false;
    this.#runner?.resume();
    this.#tryNow.abort();
    this.emit('changed');
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
    this.#tryNow.abort();
    const runner = this.#runner;
    if (runner) {
      this.#become('draining', null);
      if (how === 'cancel') runner.cancelAll(failure);
      else runner.drain();
      while (runner.running > 0) await Promise.race([oncePromise(runner, 'ended'), this.#running]);
      await Promise.race([this.#running, delay(deliverMs, undefined, { ref: false })]);
      await runner.leave();
    }
    await this.#running;
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
    const server = new ControlPlane({ ...settings, version });
    const agent =
      this.#options.createAgent?.(settings) ?? createClaudeCode({ env, ...executableOf(settings) });
    const allowlist = createAllowlist(settings.directories);
    const runner = new Runner({ settings, server, agent, allowlist, version });
    if (this.#paused) runner.pause();
    this.#listen(runner, server);
    this.#runner = runner;
    this.#become('starting', null);
    try {
      await runner.run();
    } finally {
      this.#runner = undefined;
      for (const { id } of this.#sessions.running) this.#ended(id, 'FAILED');
    }
  }

  #listen(runner: Runner, server: ControlPlane): void {
    const { log } = this.#options;
    runner.on('online', (id) => {
      this.#runnerId = id;
      log(`Online as ${id}.`);
      if (this.#phase !== 'draining') this.#become('online', null);
      void this.#remember(server, id);
    });
    runner.on('offline', (error) => {
      log(`Offline: ${error.code} ${error.message}`);
      if (this.#phase !== 'draining') this.#become('offline', sentenceOf(error));
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
      const lines = waiting.map(({ message }) => withHiddenSpelled(message));
      const session = this.#sessions.waiting(id, lines);
      if (!session) return;
      const use = lines.at(-1);
      if (use !== undefined && session.began) this.emit('waiting', session.session, use);
      this.emit('changed');
    });
    runner.on('ended', (id, status) => this.#ended(id, status));
  }

  #ended(id: string, status: string): void {
    this.#options.log(`${id} ${status}.`);
    const session = this.#sessions.ended(id, status);
    if (session) this.emit('ended', session);
    this.emit('changed');
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

function oncePromise(runner: Runner, name: 'ended'): Promise<void> {
  return new Promise((resolve) => runner.once(name, () => resolve()));
}

/** Why it is not online, for a person. */
function sentenceOf(error: Error): string {
  const refusal = error instanceof ControlPlaneError ? error : undefined;
  if (refusal?.code === 'UNAUTHORIZED')
    return 'The key is wrong, expired or revoked. Replace it in the settings.';
  if (refusal?.lacksScope) return 'The key lacks the scope runner. Replace it by one that has it.';
  return inAppWords(error.message).replace(/\.?$/, '.');
}
