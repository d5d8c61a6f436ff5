import type pg from 'pg';

const channel = 'agentfleet_words';
/** How long messages are gathered before one statement sends them, ms. */
const gatherMs = 10;
/** Most messages that wait to be sent; what comes on top is lost. */
const mostMessages = 1_000;
const notify = 'SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message';

/**
 * Messages between server processes, each the payload of a NOTIFY: see Wakeups.say. One statement carries all that
 * gathered, and one is under way at a time, so that a slow database is not given a queue of them. Nothing is kept for
 * a connection that is down.
 */
export class PostgresMessages {
  readonly #self: string;
  readonly #client: () => pg.Client | undefined;
  readonly #hearers = new Set<(message: string) => void>();
  #messages: string[] = [];
  #saying = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param self who sends them, without a space @param client the connection of the moment */
  constructor(self: string, client: () => pg.Client | undefined) {
    this.#self = self;
    this.#client = client;
  }

  say(message: string): void {
    if (this.#messages.length >= mostMessages) return;
    this.#messages.push(`${this.#self} ${message}`);
    this.#gather();
  }

  hear(listener: (message: string) => void): () => void {
    this.#hearers.add(listener);
    return () => this.#hearers.delete(listener);
  }

  /** Listens on a new connection. */
  async listen(client: pg.Client): Promise<void> {
    client.on('notification', ({ channel: from, payload = '' }) => {
      const end = payload.indexOf(' ');
      if (from !== channel || payload.slice(0, end) === this.#self) return;
      for (const hearer of [...this.#hearers]) hearer(payload.slice(end + 1));
    });
    await client.query(`LISTEN ${channel}`);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #gather(): void {
    if (this.#saying || this.#messages.length === 0) return;
    this.#timer ??= setTimeout(() => void this.#sayAll(), gatherMs);
  }

  async #sayAll(): Promise<void> {
    this.#timer = undefined;
    const messages = this.#messages;
    this.#messages = [];
    this.#saying = true;
    try {
      await this.#client()?.query(notify, [channel, messages]);
    } catch {
      // Lost, as messages may be.
    }
    this.#saying = false;
    this.#gather();
  }
}
