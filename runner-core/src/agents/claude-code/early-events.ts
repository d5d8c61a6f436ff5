import type { AgentEvent } from '../agent.js';

/** How long an event may wait for the session to begin, ms: people watch. */
const mostWaitMs = 2_000;

/**
 * Lets a log begin with `session started` although hooks speak before it: what comes earlier waits for it, but not for
 * long. From then on everything goes its way at once, in order.
 */
export class EarlyEvents {
  readonly #deliver: (event: AgentEvent) => void;
  #waiting: AgentEvent[] | null = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(deliver: (event: AgentEvent) => void) {
    this.#deliver = deliver;
  }

  add(event: AgentEvent): void {
    if (this.#waiting === null) this.#deliver(event);
    else {
      this.#waiting.push(event);
      this.#timer ??= setTimeout(() => this.flush(), mostWaitMs);
    }
  }

  /** The session has begun: its own events go first. */
  begin(events: readonly AgentEvent[]): void {
    for (const event of events) this.#deliver(event);
    this.flush();
  }

  /** Nothing waits any longer. */
  flush(): void {
    clearTimeout(this.#timer);
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const event of waiting) this.#deliver(event);
  }
}
