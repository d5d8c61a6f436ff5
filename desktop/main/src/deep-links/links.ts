import { parseDeepLink } from './deep-link.js';

export interface LinksOptions {
  /** The server this computer belongs to; empty while there is none. */
  server(): string;
  /** Shows a screen; without a path the window as it was. */
  open(path?: string): void;
  /** Prefills a server on the app's own screen. */
  suggest(server: string): void;
  /** Asks the person whether they want to connect. */
  ask(server: string): Promise<boolean>;
  log(text: string): void;
}

/** Follows links into the app. Whoever made a link is a stranger: it shows something, or asks; it never does anything. */
export class Links {
  readonly #options: LinksOptions;
  #isAsking = false;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  async follow(text: string): Promise<void> {
    const { server, open, suggest, ask, log } = this.#options;
    const link = parseDeepLink(text);
    if (!link) {
      log('A link was passed over: it asks for nothing the app knows.');
      return open();
    }
    if (link.kind === 'run') return open(`/sessions/${link.runId}`);
    if (link.server === server()) return open('/computer');
    // A page may fire off many: one question at a time, and the others are gone.
    if (this.#isAsking) return log('A link was passed over while another one waits for an answer.');
    this.#isAsking = true;
    try {
      if (!(await ask(link.server))) return;
    } finally {
      this.#isAsking = false;
    }
    suggest(link.server);
    open('/computer');
  }
}
