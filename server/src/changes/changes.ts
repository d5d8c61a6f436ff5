import type { Wakeups } from '../db/wakeups.js';
import { Journal, type Kind } from './journal.js';

/** How long changes are gathered, ms, and how long those are of which only the log has grown. */
const gatherMs = 100;
const gatherLogsMs = 2_000;
/** Orgs whose changes are remembered although nobody reads them. */
const mostUnread = 100;
/** Bytes of what one message to the other servers carries. */
const mostBytes = 4_000;

const letters = { runs: 'r', logs: 'l', approvals: 'a', runners: 'n' } as const satisfies Record<
  Kind,
  string
>;
const kinds = new Map<string, Kind>(Object.entries(letters).map(([kind, letter]) => [letter, kind as Kind]));

/**
 * What changes in the orgs, for those who show it: kept in memory alone, gathered, each thing once, and told to the other
 * servers. To note something is cheap, whether or not anybody reads it, and writes nothing.
 */
export class ChangeLog {
  readonly #wakeups: Wakeups;
  readonly #stop: () => void;
  /** By org, the one that changed last at the end. */
  readonly #journals = new Map<string, Journal>();
  /** Of an org without a journal nothing changed since then, ms by the monotonic clock. */
  #completeSince = performance.now();
  readonly #noted = new Map<string, Set<string>>();
  readonly #grown = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #logsTimer: NodeJS.Timeout | undefined;

  constructor(wakeups: Wakeups) {
    this.#wakeups = wakeups;
    this.#stop = wakeups.onTold((news) => (news === undefined ? this.#missed() : this.#hear(news)));
  }

  /** A run is new, gone, or not as it was. */
  run(orgId: string, runId: string): void {
    this.#note(orgId, 'runs', runId);
  }

  /** The log of a run has grown. */
  log(orgId: string, runId: string): void {
    this.#grown.set(runId, orgId);
    this.#logsTimer ??= setTimeout(() => this.#gatherLogs(), gatherLogsMs).unref();
  }

  approval(orgId: string, approvalId: string): void {
    this.#note(orgId, 'approvals', approvalId);
  }

  runner(orgId: string, runnerId: string): void {
    this.#note(orgId, 'runners', runnerId);
  }

  /** Who reads it adds himself to its `readers`, and removes himself in the end. */
  of(orgId: string): Journal {
    const journal = this.#journals.get(orgId) ?? new Journal(this.#completeSince);
    this.#journals.set(orgId, journal);
    return journal;
  }

  /** The orgs that somebody reads of. */
  read(): string[] {
    return [...this.#journals].filter(([, { readers }]) => readers.size > 0).map(([orgId]) => orgId);
  }

  /** What was gathered is told. */
  close(): void {
    this.#stop();
    clearTimeout(this.#logsTimer);
    if (this.#timer) this.#pass();
  }

  #note(orgId: string, kind: Kind, id: string): void {
    const noted = this.#noted.get(orgId) ?? new Set();
    noted.add(`${kind} ${id}`);
    this.#noted.set(orgId, noted);
    this.#timer ??= setTimeout(() => this.#pass(), gatherMs).unref();
  }

  #gatherLogs(): void {
    this.#logsTimer = undefined;
    for (const [runId, orgId] of this.#grown) this.#note(orgId, 'logs', runId);
    this.#grown.clear();
  }

  /** Passes on what was gathered, here and to the others. */
  #pass(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [orgId, changes] of this.#noted) {
      this.#add(orgId, changes);
      for (const news of messagesOf(orgId, changes)) this.#wakeups.tell(news);
    }
    this.#noted.clear();
  }

  #hear(news: string): void {
    const [orgId, ...told] = news.split(',');
    const changes = told.flatMap((one) => {
      const kind = kinds.get(one.slice(0, 1));
      return kind ? [`${kind} ${one.slice(1)}`] : [];
    });
    if (orgId && changes.length > 0) this.#add(orgId, changes);
  }

  #add(orgId: string, changes: Iterable<string>): void {
    const journal = this.of(orgId);
    journal.add(changes);
    this.#journals.delete(orgId);
    this.#journals.set(orgId, journal);
    let unread = [...this.#journals.values()].filter(({ readers }) => readers.size === 0).length;
    for (const [org, { readers }] of this.#journals) {
      if (unread <= mostUnread) break;
      if (readers.size > 0) continue;
      this.#journals.delete(org);
      this.#completeSince = performance.now();
      unread -= 1;
    }
  }

  /** The connection to the other servers was gone: what they told meanwhile is lost. */
  #missed(): void {
    this.#completeSince = performance.now();
    for (const [orgId, journal] of this.#journals) {
      if (journal.readers.size === 0) this.#journals.delete(orgId);
      else journal.forget();
    }
  }
}

/** An org and its changes, each a letter and an id, with commas between. */
function messagesOf(orgId: string, changes: Iterable<string>): string[] {
  const messages: string[] = [];
  let message = orgId;
  for (const key of changes) {
    const [kind, id] = key.split(' ') as [Kind, string];
    if (message.length + id.length + 2 > mostBytes) {
      messages.push(message);
      message = orgId;
    }
    message += `,${letters[kind]}${id}`;
  }
  return [...messages, message];
}
