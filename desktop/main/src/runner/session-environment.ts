import { EventEmitter } from 'node:events';
import { delimiter } from 'node:path';
import type { EnvironmentState } from '@agentfleet/bridge';
import { childEnvironment } from '@agentfleet/runner-core';
import { userEnvironment } from './user-environment.js';

/** What sessions run in: read once at the start, and again when the person says so. */
export class SessionEnvironment extends EventEmitter<{ changed: [] }> {
  readonly #started: NodeJS.ProcessEnv;
  readonly #platform: NodeJS.Platform;
  readonly #home: string;
  /** The same object after every reading: who has it sees the newest. */
  readonly #values: NodeJS.ProcessEnv = {};
  #reading: Promise<NodeJS.ProcessEnv>;
  #state: EnvironmentState | null = null;

  constructor(started: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string) {
    super();
    this.#started = started;
    this.#platform = platform;
    this.#home = home;
    this.#reading = this.#read();
  }

  /** Resolves when they are known. */
  get values(): Promise<NodeJS.ProcessEnv> {
    return this.#reading;
  }

  /** Null until they are known. Names alone: values may be secrets. */
  get state(): EnvironmentState | null {
    return this.#state;
  }

  /** Sessions that run keep what they have. */
  async readAgain(): Promise<void> {
    this.#reading = this.#read();
    await this.#reading;
  }

  async #read(): Promise<NodeJS.ProcessEnv> {
    const began = performance.now();
    const { env, shell, problem } = await userEnvironment(this.#started, this.#platform, this.#home);
    for (const name of Object.keys(this.#values)) if (!(name in env)) delete this.#values[name];
    Object.assign(this.#values, env);
    this.#state = {
      shell,
      problem,
      readAt: new Date().toISOString(),
      tookMs: Math.round(performance.now() - began),
      places: (env.PATH ?? '').split(delimiter).filter((place) => place !== ''),
      names: Object.keys(childEnvironment(env, ''))
        .filter((name) => name !== 'AF_RUN_MARKER')
        .sort(),
    };
    this.emit('changed');
    return this.#values;
  }
}
