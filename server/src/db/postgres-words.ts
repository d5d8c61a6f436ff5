import type pg from 'pg';

const channel = 'agentfleet_words';
/** How long words are gathered before one statement says them, ms. */
const gatherMs = 10;
/** Most words that wait to be said; what comes on top is lost. */
const mostWords = 1_000;
const notify = 'SELECT pg_notify($1, words) FROM unnest($2::text[]) AS words';

/**
 * Words between server processes, each the payload of a NOTIFY: see Wakeups.say. One statement carries all that
 * gathered, and one is under way at a time, so that a slow database is not given a queue of them. Nothing is kept for
 * a connection that is down.
 */
export class PostgresWords {
  readonly #self: string;
  readonly #client: () => pg.Client | undefined;
  readonly #hearers = new Set<(words: string) => void>();
  #words: string[] = [];
  #saying = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param self who says them, without a space @param client the connection of the moment */
  constructor(self: string, client: () => pg.Client | undefined) {
    this.#self = self;
    this.#client = client;
  }

  say(words: string): void {
    if (this.#words.length >= mostWords) return;
    this.#words.push(`${this.#self} ${words}`);
    this.#gather();
  }

  hear(listener: (words: string) => void): () => void {
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
    if (this.#saying || this.#words.length === 0) return;
    this.#timer ??= setTimeout(() => void this.#sayAll(), gatherMs);
  }

  async #sayAll(): Promise<void> {
    this.#timer = undefined;
    const words = this.#words;
    this.#words = [];
    this.#saying = true;
    try {
      await this.#client()?.query(notify, [channel, words]);
    } catch {
      // Lost, as words may be.
    }
    this.#saying = false;
    this.#gather();
  }
}
