import type { ClaimedRun } from '@agentfleet/contract';
import type { Api } from '../api.js';
import { claim, finishOf, register, startSession } from '../sessions.js';
import { now } from './clock.js';

const heartbeatMs = 10_000;

/**
 * A runner as the server sees it: one long session, a claim that is always open, a heartbeat every ten seconds. What
 * it claims besides is started and finished at once.
 */
export class BusyRunner {
  readonly session: ClaimedRun;
  /** Told of each run that comes, and when (clock.ts). */
  onClaim: (runId: string, at: number) => void = () => undefined;
  readonly #api: Api;
  readonly #id: string;
  /** What it works on, the session included. */
  readonly #held = new Set<ClaimedRun>();
  #heartbeat: NodeJS.Timeout;
  #stopped = false;

  private constructor(api: Api, id: string, session: ClaimedRun) {
    this.#api = api;
    this.#id = id;
    this.session = session;
    this.#held.add(session);
    void this.#poll();
    // Runners do not beat in step.
    this.#heartbeat = setTimeout(() => this.#beat(), Math.random() * heartbeatMs);
  }

  static async start(api: Api, name: string): Promise<BusyRunner> {
    const id = await register(api, name, 4);
    return new BusyRunner(api, id, await startSession(api, id));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#heartbeat);
  }

  async #poll(): Promise<void> {
    while (!this.#stopped) {
      const { runs } = await claim(this.#api, this.#id, 30, [...this.#held]).catch((error) => {
        if (this.#stopped) return { runs: [] };
        throw error;
      });
      const at = now();
      for (const run of runs) {
        this.onClaim(run.id, at);
        void this.#work(run);
      }
    }
  }

  async #work(run: ClaimedRun): Promise<void> {
    const { id, token } = run;
    this.#held.add(run);
    await this.#api.post(`/runs/${id}/start`, { token });
    await this.#api.post(`/runs/${id}/finish`, finishOf(token));
    this.#held.delete(run);
  }

  #beat(): void {
    this.#heartbeat = setTimeout(() => this.#beat(), heartbeatMs);
    const leases = [...this.#held].map(({ id, token }) => ({ runId: id, token }));
    const body = { leases, acknowledged: [], draining: false };
    this.#api.post(`/runners/${this.#id}/heartbeat`, body).catch(() => undefined);
  }
}
