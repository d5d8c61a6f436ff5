import { EventEmitter } from 'node:events';
import { hostname, userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { SignInState } from '@agentfleet/bridge';
import type { Platform, PolledSignIn, StartedSignIn } from '@agentfleet/contract';
import { ControlPlane, ControlPlaneError } from '@agentfleet/runner-core';
import { KeychainError } from '../keys/key-store.js';

/** What the dashboard allowed. */
export type Allowed = Extract<PolledSignIn, { state: 'allowed' }>;

export interface SignInParts {
  version: string;
  /** Shows an address in the user's browser. */
  browse(url: string): void;
  /** Connects with what was allowed. Rejects with a sentence. */
  connect(server: string, allowed: Allowed): Promise<void>;
  log(text: string): void;
}

/** Longest pause between two questions while the server is away, ms. */
const mostPauseMs = 15_000;

/** Signs this computer in through the browser: one code on both screens. At most one sign-in at a time. */
export class ComputerSignIn extends EventEmitter<{ changed: [] }> {
  readonly #parts: SignInParts;
  #state: SignInState | null = null;
  #over = new AbortController();

  constructor(parts: SignInParts) {
    super();
    this.#parts = parts;
  }

  /** Null while there is none. */
  get state(): SignInState | null {
    return this.#state;
  }

  /** Begins another in place of one that is there. Rejects with a sentence where the server does not take part. */
  async start(server: string, computer: string): Promise<void> {
    this.cancel();
    const over = new AbortController();
    this.#over = over;
    const { version } = this.#parts;
    const plane = new ControlPlane({ url: server, apiKey: '', version });
    const started = await this.#begin(plane, server, computer);
    if (over.signal.aborted) return;
    const url = server + started.path;
    this.#become({ phase: 'waiting', code: started.userCode, url, server, problem: null });
    this.#parts.browse(url);
    void this.#follow(plane, started, over.signal).catch((error: Error) => {
      if (!over.signal.aborted)
        this.#fail(error.message, error instanceof KeychainError ? 'unkept' : 'failed');
    });
  }

  /** Opens the page again, for who closed it. */
  browseAgain(): void {
    if (this.#state?.phase === 'waiting') this.#parts.browse(this.#state.url);
  }

  /** Ends the waiting; what was already allowed on the other screen is worth nothing then, after ten minutes at most. */
  cancel(): void {
    this.#over.abort();
    this.#become(null);
  }

  async #begin(plane: ControlPlane, server: string, computer: string): Promise<StartedSignIn> {
    const body = {
      computer: computer.slice(0, 100),
      user: userName(),
      hostname: hostname().slice(0, 255),
      platform: process.platform as Platform,
      version: this.#parts.version,
    };
    try {
      return await plane.call('startSignIn', { body });
    } catch (error) {
      if (error instanceof ControlPlaneError && error.code === 'NOT_FOUND')
        throw new Error(`${server} is older and cannot do that. Update it, or paste a key.`);
      throw new Error(`${(error as Error).message.replace(/\.?$/, '.')} Check the address and the network.`);
    }
  }

  async #follow(plane: ControlPlane, started: StartedSignIn, over: AbortSignal): Promise<void> {
    const { deviceCode, intervalSec } = started;
    // A longer one would be no answer to whoever waits at the other screen; timers take none of a month for one of a moment.
    const usualMs = Math.min(intervalSec * 1_000, mostPauseMs);
    let pauseMs = usualMs;
    while (!over.aborted) {
      await delay(pauseMs, undefined, { signal: over });
      try {
        const polled = await plane.call('pollSignIn', { body: { deviceCode }, signal: over });
        pauseMs = usualMs;
        if (polled.state === 'denied') return this.#fail('It was refused in the dashboard.');
        if (polled.state === 'allowed') return await this.#allowed(polled, over);
      } catch (error) {
        if (!(error instanceof ControlPlaneError) || over.aborted) throw error;
        if (error.code === 'NOT_FOUND') return this.#fail('The code has run out. Sign in again.');
        // The server is away, or asks for patience.
        pauseMs = Math.min(Math.max(pauseMs * 2, error.retryAfterMs ?? 0), mostPauseMs);
      }
    }
  }

  async #allowed(allowed: Allowed, over: AbortSignal): Promise<void> {
    const { state } = this;
    if (!state || over.aborted) return;
    this.#become({ ...state, phase: 'connecting' });
    this.#parts.log(`Allowed by ${allowed.allowedBy} of ${allowed.org.name}.`);
    await this.#parts.connect(state.server, allowed);
    if (!over.aborted) this.#become(null);
  }

  #fail(problem: string, phase: 'failed' | 'unkept' = 'failed'): void {
    if (this.#state) this.#become({ ...this.#state, phase, problem });
  }

  #become(state: SignInState | null): void {
    this.#state = state;
    this.emit('changed');
  }
}

/** Some systems have no name for who runs a program. */
function userName(): string {
  try {
    return userInfo().username.slice(0, 100);
  } catch {
    return '';
  }
}
