import type { AppSettings } from '@agentfleet/bridge';
import type { Kept } from '../folders/breadth.js';
import type { Ask, Question } from '../windows/ask.js';
import { plainly } from './plainly.js';
import { wideningsOf, widenQuestion } from './widening.js';

/** So many refusals within this time, ms, and nothing is asked for as long. */
const mostRefusals = 3;
const quietMs = 60_000;

/** What this computer was let in to. */
export interface NewConnection {
  server: string;
  org: string;
  allowedBy: string;
}

/**
 * The person whose computer this is. A page shows what servers and sessions say, so what it asks for may be theirs: what
 * allows more than before holds once this person has agreed in a dialog of the main process.
 */
export class Owner {
  readonly #ask: Ask;
  readonly #kept: Kept;
  /** Folders picked in the system's own dialog and not yet applied. */
  readonly #chosen = new Set<string>();
  /** Servers that a key may go to and sessions come from. */
  readonly #agreed = new Set<string>();
  #pageMetServer = false;
  #isAsked = false;
  #refusals: number[] = [];

  constructor(ask: Ask, kept: Kept) {
    this.#ask = ask;
    this.#kept = kept;
  }

  /** The page has shown what a server said; until then it is nobody's but ours. */
  pageMeetsServer(): void {
    this.#pageMetServer = true;
  }

  chose(folder: string): void {
    this.#chosen.add(folder);
  }

  /** Whether a change may be made. Rejects where the question would be too long to be read, or came too often. */
  async allows(before: AppSettings, after: AppSettings): Promise<boolean> {
    const widenings = wideningsOf(before, after, this.#kept, (folder) => this.#chosen.has(folder)).filter(
      ({ what }) => what !== 'Server' || !this.#knows(after.server),
    );
    if (widenings.length > 0 && !(await this.#agrees(widenQuestion(widenings)))) return false;
    for (const folder of after.directories) this.#chosen.delete(folder);
    return true;
  }

  /** Whether the key in the clipboard may be sent to a server, and this computer be its. */
  async allowsKeyFor(server: string, current: string): Promise<boolean> {
    if (server === current || this.#knows(server)) return true;
    const agreed = await this.#agrees(connectQuestion(server, current));
    if (agreed) this.#agreed.add(server);
    return agreed;
  }

  /**
   * Whether this computer may be an org's that let it in. Its server may have others, and a page that begins a sign-in can tell
   * them the code: where a page may have begun it, the org is asked about also where the server stays.
   */
  async allowsSignIn(connection: NewConnection, current: string): Promise<boolean> {
    if (!this.#pageMetServer) return true;
    const agreed = await this.#agrees(signInQuestion(connection, current));
    if (agreed) this.#agreed.add(connection.server);
    return agreed;
  }

  #knows(server: string): boolean {
    return !this.#pageMetServer || this.#agreed.has(server);
  }

  /** One question at a time, and none for a while to a page that does not take no for an answer. */
  async #agrees(question: Question): Promise<boolean> {
    const now = performance.now();
    this.#refusals = this.#refusals.filter((at) => now - at < quietMs);
    if (this.#refusals.length >= mostRefusals)
      throw new Error('This was refused several times. Try it again in a minute.');
    if (this.#isAsked) throw new Error('Another question is open. Answer it first.');
    this.#isAsked = true;
    try {
      const agrees = (await this.#ask(question)) === 1;
      if (!agrees) this.#refusals.push(performance.now());
      return agrees;
    } finally {
      this.#isAsked = false;
    }
  }
}

const serverLines = (now: string, then: string) =>
  `Server\n   now: ${now === '' ? 'none' : plainly(now)}\n   then: ${plainly(then)}`;

function signInQuestion({ server, org, allowedBy }: NewConnection, current: string): Question {
  return {
    type: 'warning',
    message: `Connect this computer to ${plainly(org)}?`,
    detail: `${serverLines(current, server)}\nAllowed in the browser by ${plainly(allowedBy)}. Whoever may start sessions there runs Claude Code on this computer.`,
    buttons: ['Change nothing', 'Connect'],
    defaultId: 0,
    cancelId: 0,
  };
}

function connectQuestion(server: string, current: string): Question {
  return {
    type: 'warning',
    message: `Send the copied key to ${plainly(server)}?`,
    detail: `${serverLines(current, server)}\nWhere the key works, whoever may start sessions there runs Claude Code on this computer.`,
    buttons: ['Change nothing', 'Send it and connect'],
    defaultId: 0,
    cancelId: 0,
  };
}
