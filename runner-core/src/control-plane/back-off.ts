import { setTimeout as delay } from 'node:timers/promises';
import { ControlPlaneError } from './client.js';

const firstMs = 200;
const mostMs = 30_000;

/** Growing waits with full jitter, so that many runners do not come back to a restarted server at once. */
export class BackOff {
  #most = firstMs;

  reset(): void {
    this.#most = firstMs;
  }

  /** Waits a while, longer each time, as long as the server asked for at least. Returns early when aborted. */
  async wait(error: unknown, signal?: AbortSignal): Promise<void> {
    const asked = error instanceof ControlPlaneError ? (error.retryAfterMs ?? 0) : 0;
    const ms = Math.max(asked, Math.random() * this.#most);
    this.#most = Math.min(this.#most * 2, mostMs);
    await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}
