import type { Event } from '@agentfleet/contract';

/** Most runs whose last append is kept, and most characters in its messages and payloads: together they bound the memory. */
const mostRuns = 1_000;
const mostChars = 16 * 1024;

/** A time as the database gives it back: others it would round. */
const storedTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

interface Fresh {
  orgId: string;
  /** The seq before the first of them. */
  after: number;
  events: readonly Event[];
}

/**
 * What was stored a moment ago through this server, for those here who have seen all that was before it: they need not
 * read it again. Everybody else reads the database.
 */
export class FreshEvents {
  readonly #byRun = new Map<string, Fresh>();
  readonly #followers = new Map<string, number>();

  /** Somebody follows the run from now on: what is appended is kept for a while. @returns a function that ends it */
  following(runId: string): () => void {
    this.#followers.set(runId, (this.#followers.get(runId) ?? 0) + 1);
    return () => {
      const rest = (this.#followers.get(runId) ?? 1) - 1;
      if (rest > 0) {
        this.#followers.set(runId, rest);
        return;
      }
      this.#followers.delete(runId);
      this.#byRun.delete(runId);
    };
  }

  /**
   * Call it once they are stored.
   * @param after the seq of the last event that was stored before
   * @param appended in order of seq; those up to `after` are left out
   * @param dataChars of all their payloads as JSON
   */
  note(orgId: string, runId: string, after: number, appended: readonly Event[], dataChars: number): void {
    if (!this.#followers.has(runId)) return;
    this.#byRun.delete(runId);
    const chars = appended.reduce((sum, { message }) => sum + message.length, dataChars);
    if (chars > mostChars || !appended.every(({ at }) => storedTime.test(at))) return;
    this.#byRun.set(runId, { orgId, after, events: appended.filter(({ seq }) => seq > after) });
    const [oldest] = this.#byRun.keys();
    if (this.#byRun.size > mostRuns && oldest !== undefined) this.#byRun.delete(oldest);
  }

  /** What came right after a seq; undefined when it is not known. Everybody at the same place gets the same array. */
  after(orgId: string, runId: string, seq: number): readonly Event[] | undefined {
    const fresh = this.#byRun.get(runId);
    return fresh?.orgId === orgId && fresh.after === seq ? fresh.events : undefined;
  }
}
