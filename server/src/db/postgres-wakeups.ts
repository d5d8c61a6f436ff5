import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { LocalWakeups } from './local-wakeups.js';
import type { Topic, Wakeups } from './wakeups.js';

const channel = 'agentfleet';
/** How long wake-ups are gathered before one NOTIFY carries them, ms. A NOTIFY each would halve throughput. */
const gatherMs = 10;
/** PostgreSQL's limit for a payload is 8,000 bytes. */
const largestPayload = 7_500;
const reconnectMs = 500;

/**
 * Wake-ups between server processes through LISTEN and NOTIFY, on one connection of their own. Listeners in this
 * process are woken at once, without the way round. When the connection drops it is opened again and everybody
 * is woken, since what was said meanwhile is lost.
 */
export class PostgresWakeups implements Wakeups {
  readonly #local = new LocalWakeups();
  readonly #url: string;
  readonly #self = randomUUID().slice(0, 8);
  readonly #pending = new Set<Topic>();
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(url: string) {
    this.#url = url;
  }

  static async open(url: string): Promise<PostgresWakeups> {
    const wakeups = new PostgresWakeups(url);
    await wakeups.#connect();
    return wakeups;
  }

  wake(topic: Topic): void {
    this.#local.wake(topic);
    this.#pending.add(topic);
    this.#timer ??= setTimeout(() => this.#send(), gatherMs);
  }

  listen(topic: Topic, listener: () => void): () => void {
    return this.#local.listen(topic, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  #send(): void {
    this.#timer = undefined;
    let payload = this.#self;
    const flush = () => this.#notify(payload);
    for (const topic of this.#pending) {
      if (payload.length + topic.length + 1 > largestPayload) {
        flush();
        payload = this.#self;
      }
      payload += ` ${topic}`;
    }
    this.#pending.clear();
    flush();
  }

  #notify(payload: string): void {
    // Lost when the connection is down: waiters look at the database by themselves, slowly.
    this.#client?.query('SELECT pg_notify($1, $2)', [channel, payload]).catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true });
    client.on('notification', ({ payload }) => {
      const [sender, ...topics] = (payload ?? '').split(' ');
      if (sender !== this.#self) for (const topic of topics) this.#local.wake(topic as Topic);
    });
    client.on('error', () => undefined);
    client.on('end', () => {
      if (this.#client === client) this.#client = undefined;
      this.#reconnect();
    });
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    this.#client = client;
  }

  #reconnect(): void {
    if (this.#closed) return;
    setTimeout(() => {
      if (this.#closed) return;
      this.#connect().then(
        () => this.#local.wakeAll(),
        () => this.#reconnect(),
      );
    }, reconnectMs).unref();
  }
}
