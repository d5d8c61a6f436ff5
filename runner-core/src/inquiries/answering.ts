import type { Inquiry } from '@agentfleet/contract';
import type { Allowlist } from '../allowlist/allowlist.js';
import { type ControlPlane, ControlPlaneError } from '../control-plane/client.js';
import { listFolders } from './list-folders.js';

/** Most inquiries that are worked on at once, and most that wait: the disk may hang, and sessions need it too. */
const mostAtOnce = 2;
const mostWaiting = 64;
/** How long an answer is worth sending, ms. */
const patienceMs = 5_000;
/** How many ids are remembered: each is given again until it is answered. */
const mostKnown = 200;

/** What the runner answers with, as it is when it is asked. */
interface Answerer {
  server: ControlPlane;
  allowlist: Allowlist;
}

/** Answers what the server asks of this runner for somebody who waits. Nothing of it is kept, and no session waits for it. */
export class Answering {
  readonly #now: () => Answerer;
  readonly #signal: AbortSignal;
  readonly #known = new Set<string>();
  readonly #waiting: { runnerId: string; inquiry: Inquiry }[] = [];
  #working = 0;

  constructor(now: () => Answerer, signal: AbortSignal) {
    this.#now = now;
    this.#signal = signal;
  }

  take(runnerId: string, inquiries: readonly Inquiry[]): void {
    for (const inquiry of inquiries) {
      if (this.#known.has(inquiry.id)) continue;
      this.#known.add(inquiry.id);
      const [oldest] = this.#known;
      if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
      // Honest servers ask less, and whoever asked is told that nothing came.
      if (this.#waiting.length < mostWaiting) this.#waiting.push({ runnerId, inquiry });
    }
    this.#next();
  }

  #next(): void {
    while (this.#working < mostAtOnce) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#working += 1;
      void this.#answer(next.runnerId, next.inquiry).finally(() => {
        this.#working -= 1;
        this.#next();
      });
    }
  }

  async #answer(runnerId: string, inquiry: Inquiry): Promise<void> {
    const { allowlist, server } = this.#now();
    const answer = await listFolders(allowlist, inquiry);
    const body = { id: inquiry.id, answer };
    await server
      .call('answerInquiry', { id: runnerId, body, patienceMs, signal: this.#signal })
      .catch((error: unknown) => {
        if (!(error instanceof ControlPlaneError)) throw error;
      });
  }
}
