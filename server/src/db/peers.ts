/** How long another server counts as there after it was heard, ms. */
const peerMs = 100_000;
/** How long this one speaks before it believes to be alone, ms: who answers later says what was not said to it. */
const doubtMs = 500;
/** How often a server says that it is there, ms. */
const beatMs = 30_000;

/** Names that are kept. */
const mostNamed = 1_000;

/**
 * What servers say of themselves: one that is new; one that did not speak until now, as it believed to be alone, to one
 * that is new or to all; one that is still there.
 */
export const greetings = ['!hello', '!welcome', '!again', '!here'] as const;
export type Greeting = (typeof greetings)[number];

export interface PeersOptions {
  /** Says it to the other servers, whoever is there. */
  greet: (greeting: Greeting) => void;
  /** Everybody here is to look: what the others did until now may not have been said. */
  look: () => void;
}

/**
 * Whether other servers listen: most servers are alone, and telling nobody was an eighth of their work.
 *
 * A server greets when it connects, and says now and then that it is there. Whoever hears another speaks from then on;
 * one that did not until then says so, and the others look once, at what they were not told. So nothing stays unsaid for
 * longer than a beat, even when a server stood still until it was forgotten.
 */
export class Peers {
  readonly #options: PeersOptions;
  readonly #beat: NodeJS.Timeout;
  /** When each was heard last, by what it calls itself. */
  readonly #heard = new Map<string, number>();
  #until = 0;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#beat = setInterval(() => options.greet('!here'), beatMs).unref();
  }

  /** Whether to speak. */
  get othersListen(): boolean {
    return performance.now() < this.#until;
  }

  /** How many other servers have been heard lately. */
  get count(): number {
    const since = performance.now() - peerMs;
    for (const [name, at] of this.#heard) if (at < since) this.#heard.delete(name);
    return this.#heard.size;
  }

  /** The connection is there, perhaps again. */
  connected(): void {
    this.#speakFor(doubtMs);
    this.#options.greet('!hello');
  }

  /** Another server was heard. @param greeting undefined when it spoke of something else. @param name what it calls itself */
  heard(greeting: Greeting | undefined, name = ''): void {
    this.#heard.set(name, performance.now());
    // A name is of one start.
    if (this.#heard.size > mostNamed) this.#heard.clear();
    const silent = !this.othersListen;
    this.#speakFor(peerMs);
    if (greeting === '!welcome' || greeting === '!again') this.#options.look();
    if (greeting === '!hello' || greeting === '!again') this.#options.greet(silent ? '!welcome' : '!here');
    else if (silent) this.#options.greet('!again');
  }

  close(): void {
    clearInterval(this.#beat);
  }

  #speakFor(ms: number): void {
    this.#until = Math.max(this.#until, performance.now() + ms);
  }
}
