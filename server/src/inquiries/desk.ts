import type { Inquiry } from '@agentfleet/contract';

/** How long after an inquiry was given it is given again, ms: the answer that carried it may have met a claim that had just ended. */
const againMs = 1_000;

/** An inquiry that a runner is to be given by whoever answers its next claim. */
interface Open {
  inquiry: Inquiry;
  /** When it was given last, by the monotonic clock, ms. */
  givenAt: number;
  over: NodeJS.Timeout;
  again: NodeJS.Timeout;
}

/** What one runner is to be asked here, and who is told when there is something. */
interface Runner {
  open: Map<string, Open>;
  rings: Set<() => void>;
}

/** The inquiries that this server gives to runners, each for as long as somebody may wait for its answer. */
export class Desk {
  readonly #limitMs: number;
  readonly #most: number;
  readonly #runners = new Map<string, Runner>();

  /** @param most inquiries of one runner */
  constructor(limitMs: number, most: number) {
    this.#limitMs = limitMs;
    this.#most = most;
  }

  /** @returns false where the runner has as many as it may have */
  add(runner: string, inquiry: Inquiry): boolean {
    const at = this.#at(runner);
    if (at.open.size >= this.#most) return false;
    const ring = () => {
      for (const each of [...at.rings]) each();
    };
    at.open.set(inquiry.id, {
      inquiry,
      givenAt: Number.NEGATIVE_INFINITY,
      over: setTimeout(() => this.remove(runner, inquiry.id), this.#limitMs).unref(),
      again: setInterval(ring, againMs).unref(),
    });
    ring();
    return true;
  }

  remove(runner: string, id: string): void {
    const at = this.#runners.get(runner);
    const open = at?.open.get(id);
    if (!at || !open) return;
    clearTimeout(open.over);
    clearInterval(open.again);
    at.open.delete(id);
    this.#tidy(runner, at);
  }

  /** What is to be given to the runner now. */
  take(runner: string): Inquiry[] {
    const now = performance.now();
    const due = [...(this.#runners.get(runner)?.open.values() ?? [])].filter(
      ({ givenAt }) => now - givenAt >= againMs * 0.9,
    );
    for (const open of due) open.givenAt = now;
    return due.map(({ inquiry }) => inquiry);
  }

  /** @returns a function that stops listening */
  listen(runner: string, ring: () => void): () => void {
    const at = this.#at(runner);
    at.rings.add(ring);
    return () => {
      at.rings.delete(ring);
      this.#tidy(runner, at);
    };
  }

  close(): void {
    for (const [runner, { open }] of this.#runners)
      for (const id of [...open.keys()]) this.remove(runner, id);
  }

  #at(runner: string): Runner {
    const at = this.#runners.get(runner) ?? { open: new Map(), rings: new Set() };
    this.#runners.set(runner, at);
    return at;
  }

  #tidy(runner: string, at: Runner): void {
    const isEmpty = at.open.size === 0 && at.rings.size === 0;
    if (isEmpty && this.#runners.get(runner) === at) this.#runners.delete(runner);
  }
}
