import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { LocalWakeups } from './local-wakeups.js';
import { type Greeting, greetings, Peers } from './peers.js';
import { PostgresMessages } from './postgres-messages.js';
import { connectTo } from './session.js';
import { troubleOf } from './trouble.js';
import type { Topic, Wakeups } from './wakeups.js';

const channel = 'agentfleet';
/** How long wake-ups are gathered before one NOTIFY carries them, ms. A NOTIFY each would halve throughput. */
const gatherMs = 10;
/** PostgreSQL's limit for a payload is 8,000 bytes. */
const largestPayload = 7_500;
const reconnectMs = 500;
/** How long PostgreSQL may take to answer, ms. */
const patienceMs = 10_000;
/** Topics kept while the connection is down; when there are more, everybody is woken instead. */
const mostPending = 1_000;
/** In a payload: whoever waits, for whatever, is to look. */
const everything = '*';
/** What is told stands behind it, where a wake-up has its topic. */
type News = `=${string}`;
type Said = Topic | Greeting | News | typeof everything;
const notify = 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload';

/**
 * Wake-ups between server processes through LISTEN and NOTIFY, on one connection of their own. Listeners in this
 * process are woken at once, without the way round; a server that is alone says nothing (peers.ts). When the connection
 * drops it is opened again; then everybody here is woken, since what others said meanwhile is lost, and the others are
 * told what could not be said.
 */
export class PostgresWakeups implements Wakeups {
  readonly #local = new LocalWakeups();
  readonly #url: string;
  readonly #self = randomUUID().slice(0, 8);
  readonly #messages = new PostgresMessages(this.#self, () => this.#client);
  readonly #peers = new Peers({
    greet: (greeting) => this.#say(greeting),
    look: () => this.#local.wakeAll(),
  });
  #pending = new Set<Said>();
  #client: pg.Client | undefined;
  /** Set while something is being gathered or said: one after the other. */
  #sending: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(url: string) {
    this.#url = url;
  }

  /** Throws when the database cannot be reached; from then on it keeps trying. A standby hears nothing until it is one no more. */
  static async open(url: string): Promise<PostgresWakeups> {
    const wakeups = new PostgresWakeups(url);
    await wakeups.#connect().catch((error) => {
      if (troubleOf(error) !== 'readOnly') throw error;
      wakeups.#reconnect();
    });
    return wakeups;
  }

  get hears(): boolean {
    return this.#client !== undefined;
  }

  get peers(): number {
    return this.#peers.count;
  }

  wake(topic: Topic): void {
    this.#local.wake(topic);
    // While the connection is down nobody knows who else is there.
    if (this.#peers.othersListen || !this.#client) this.#say(topic);
  }

  listen(topic: Topic, listener: () => void): () => void {
    return this.#local.listen(topic, listener);
  }

  say(words: string): void {
    if (this.#peers.othersListen) this.#messages.say(words);
  }

  hear(listener: (words: string) => void): () => void {
    return this.#messages.hear(listener);
  }

  tell(news: string): void {
    if (this.#peers.othersListen || !this.#client) this.#say(`=${news}`);
  }

  onTold(listener: (news: string | undefined) => void): () => void {
    return this.#local.onTold(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#messages.close();
    this.#peers.close();
    // A command that ends at once has still said what it did.
    if (this.#pending.size > 0) await this.#send(this.#client);
    clearTimeout(this.#sending);
    await this.#client?.end().catch(() => undefined);
  }

  #say(topic: Said): void {
    this.#pending.add(topic);
    if (this.#pending.size > mostPending) this.#pending = new Set([everything]);
    if (this.#client) this.#sending ??= setTimeout(() => this.#send(this.#client), gatherMs);
  }

  /** Says what was gathered. What could not be said is kept for the next connection. */
  async #send(client: pg.Client | undefined): Promise<void> {
    const topics = [...this.#pending];
    this.#pending = new Set();
    try {
      // It may have ended since this was asked for.
      if (!client) throw new Error('There is no connection');
      await client.query(notify, [channel, payloadsOf(this.#self, topics)]);
    } catch {
      for (const topic of topics) this.#pending.add(topic);
    }
    this.#sending = undefined;
    this.#sayTheRest();
  }

  #sayTheRest(): void {
    const [next] = this.#pending;
    if (next) this.#say(next);
  }

  #hear(payload: string): void {
    const [sender, ...topics] = payload.split(' ');
    if (sender === this.#self) return;
    const greeting = greetings.find((one) => topics.includes(one));
    this.#peers.heard(greeting, sender);
    for (const topic of topics) {
      if (topic === everything) this.#local.wakeAll();
      else if (topic.startsWith('=')) this.#local.told(topic.slice(1));
      else this.#local.wake(topic as Topic);
    }
  }

  async #connect(): Promise<void> {
    const client = await connectTo(this.#url, {
      keepAlive: true,
      keepAliveInitialDelayMillis: patienceMs,
      query_timeout: patienceMs,
    });
    let ended = false;
    client.on('notification', ({ channel: from, payload }) => {
      if (from === channel) this.#hear(payload ?? '');
    });
    // Only the end of one that was used opens another.
    client.on('end', () => {
      ended = true;
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#reconnect();
    });
    try {
      // A wake-up that a crash forgets is no loss: no NOTIFY waits for the disk.
      await client.query('SET synchronous_commit = off');
      await client.query(`LISTEN ${channel}`);
      await this.#messages.listen(client);
      if (ended) throw new Error('The connection for wake-ups ended');
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    if (this.#closed) {
      await client.end();
      return;
    }
    this.#client = client;
    this.#peers.connected();
  }

  #reconnect(): void {
    if (this.#closed) return;
    setTimeout(() => {
      if (this.#closed) return;
      this.#connect().then(
        () => {
          this.#local.wakeAll();
          this.#sayTheRest();
        },
        () => this.#reconnect(),
      );
    }, reconnectMs).unref();
  }
}

function payloadsOf(sender: string, topics: readonly string[]): string[] {
  const payloads: string[] = [];
  let payload = sender;
  for (const topic of topics) {
    if (payload.length + topic.length + 1 > largestPayload) {
      payloads.push(payload);
      payload = sender;
    }
    payload += ` ${topic}`;
  }
  return [...payloads, payload];
}
