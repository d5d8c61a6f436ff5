import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunnerAsked } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { repositoryFile } from '../server.js';
import { localRunnerEnvironment } from './environment.js';
import { keyFile, localRunnerKey } from './key.js';
import { type Launched, launch, launchOf } from './launch.js';
import { RunnerLink, reachRunner } from './link.js';

/** Wait before a runner that ended by itself is started again, ms; doubled each time up to the most. */
const firstRestartMs = 1_000;
const mostRestartMs = 60_000;
/** How often it is looked whether a runner that is starting can be reached, ms. */
const reachMs = 100;
/** How often it is looked whether a runner that is not ours has gone, ms. */
const foreignMs = 5_000;
/** How long the system may take to say how a process has ended, ms. */
const exitMs = 2_000;

/** Within so long of its start whoever started a runner comes to it, ms. */
const newMs = 5_000;

const say = (line: string) => console.error(line);

/** Whether a server that has just started it is on its way to it: of two that come at once the other may be there first. */
const isExpecting = ({ hello }: RunnerLink, launched: Launched | undefined) =>
  !hello.attended && hello.pid !== launched?.pid && (hello.upMs ?? newMs) < newMs;

/**
 * Sees to it that one runner works for this server on its computer. The runner is a process of its own that outlives a
 * crash of the server with its sessions: the next start finds it by the lock of its directory and goes on with it, or lets
 * it finish and puts a new one in its place.
 */
export class LocalRunner {
  /** The allow-listed directories, as given or the default. */
  readonly directories: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #runnerDir: string;
  readonly #launch: string;
  readonly #ending = new AbortController();
  #over: Promise<void> = Promise.resolve();
  #link: RunnerLink | undefined;
  /** How it is to end. */
  #asked: RunnerAsked | undefined;
  #restartMs = firstRestartMs;
  /** What was said last of a runner that is in the way. */
  #saidOfOther = '';

  private constructor(env: NodeJS.ProcessEnv, directories: string, runnerDir: string, key: string) {
    this.directories = directories;
    this.#runnerDir = runnerDir;
    this.#launch = launchOf(env, key);
    this.#env = { ...env, AGENTFLEET_LAUNCH: this.#launch };
  }

  static async start(database: Database, url: string, dataDir: string): Promise<LocalRunner> {
    const { ALLOWED_DIRS, RUNNER_NAME, AGENTFLEET_RUNNER_DIR } = process.env;
    const runnerDir = AGENTFLEET_RUNNER_DIR?.trim() || join(dataDir, 'local-runner');
    // Servers that share a database each have a runner: a key of one name would be taken from one by the other.
    const key = await localRunnerKey(database, `local runner on ${hostname()}, ${dataDir}`, runnerDir);
    const directories = ALLOWED_DIRS?.trim() || join(dataDir, 'workspace');
    if (!ALLOWED_DIRS?.trim()) mkdirSync(directories, { recursive: true });
    // Its key is in a file; one in the environment is the user's own, for something else.
    const { AGENTFLEET_API_KEY: _, ...env } = localRunnerEnvironment(process.env, repositoryFile(''));
    const own = {
      AGENTFLEET_URL: url,
      AGENTFLEET_API_KEY_FILE: keyFile(runnerDir),
      ALLOWED_DIRS: directories,
      RUNNER_NAME: RUNNER_NAME?.trim() || hostname(),
      AGENTFLEET_RUNNER_DIR: runnerDir,
    };
    const runner = new LocalRunner({ ...env, ...own }, directories, runnerDir, key);
    runner.#over = runner.#run();
    return runner;
  }

  /** Ends the runner: `drain` after what runs, `cancel` cancelling that, `kill` by force. Resolves when it has ended. */
  end(asked: Exclude<RunnerAsked, 'attend'>): Promise<void> {
    this.#asked = asked;
    this.#ending.abort();
    this.#link?.ask(asked);
    return this.#over;
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const began = performance.now();
      let found = await this.#reach();
      const launched = found === 'none' ? launch(this.#env, this.#runnerDir) : undefined;
      if (launched) found = await this.#arrivalOf(launched);
      if (typeof found === 'object' && isExpecting(found, launched)) {
        found.leave();
        await this.#pause(reachMs);
        continue;
      }
      if (found === 'silent' || (found !== 'none' && found.hello.attended)) {
        await this.#waitForOther(found);
        continue;
      }
      if (found === 'none') console.error(launched?.said().trimEnd());
      else if (await this.#attend(found, launched)) continue;
      if (!(await this.#goOnWithout(launched, began))) return;
    }
  }

  #reach(): Promise<RunnerLink | 'none' | 'silent'> {
    return reachRunner(this.#runnerDir, say);
  }

  /** Waits until a runner is there: the launched one, or another that was faster. `none` when it has ended without. */
  async #arrivalOf({ ended }: Launched): Promise<RunnerLink | 'none' | 'silent'> {
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    for (;;) {
      const isLast = hasEnded;
      const found = await this.#reach();
      if (found !== 'none' || isLast) return found;
      await Promise.race([ended, delay(reachMs)]);
    }
  }

  /** Stays with a runner until it has ended. True when that was asked of it. */
  async #attend(link: RunnerLink, launched: Launched | undefined): Promise<boolean> {
    link.ask('attend');
    this.#link = link;
    this.#saidOfOther = '';
    const { pid, running } = link.hello;
    const sessions = running === 1 ? 'a session' : `${running} sessions`;
    let isAsked = false;
    if (pid !== launched?.pid) {
      isAsked = link.hello.launch !== this.#launch || link.hello.draining || running === 0;
      // With nothing to do it makes room for one that has the environment of this start.
      if (isAsked) link.ask('drain');
      if (running > 0) {
        say(
          isAsked
            ? `The local runner of an earlier start finishes ${sessions} with the settings of then. The one of this start follows it.`
            : `The local runner of an earlier start goes on with ${sessions}.`,
        );
      }
    }
    if (this.#asked) link.ask(this.#asked);
    await link.closed;
    this.#link = undefined;
    return isAsked || this.#ending.signal.aborted;
  }

  /** After a runner that ended by itself. False when only the user can mend why. */
  async #goOnWithout(launched: Launched | undefined, began: number): Promise<boolean> {
    const end = await Promise.race([launched?.ended, delay(exitMs)]);
    // 2 is a setting that only its user can mend: trying again would say the same again.
    if (end?.code === 2) {
      say('The local runner has not started. Mend that and start again.');
      return false;
    }
    // It lives, and has preferred another server that came at the same moment.
    const found = await this.#reach();
    if (found instanceof RunnerLink) found.leave();
    if (found !== 'none') return true;
    if (performance.now() - began > mostRestartMs) this.#restartMs = firstRestartMs;
    say(
      `The local runner ended by itself (${end?.how ?? 'nobody saw how'}). Starting it again in ${this.#restartMs / 1_000} s.`,
    );
    await this.#pause(this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, mostRestartMs);
    return true;
  }

  /** Two runners cannot share a directory: this server has none until the other has gone. */
  async #waitForOther(found: RunnerLink | 'silent'): Promise<void> {
    const whose = found === 'silent' ? 'another runner uses' : 'the local runner of another server uses';
    if (found !== 'silent') found.leave();
    const sentence = `This server has no local runner: ${whose} ${this.#runnerDir}. It gets one when that has ended, or with AGENTFLEET_RUNNER_DIR set to another directory.`;
    if (sentence !== this.#saidOfOther) say(sentence);
    this.#saidOfOther = sentence;
    await this.#pause(foreignMs);
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }
}
