import { type Event, endsPartial, maxPartialChars, maxPartialPieceChars } from '@agentfleet/contract';
import type { AgentPartial } from '../agents/agent.js';
import { BackOff } from '../control-plane/back-off.js';
import { type ControlPlane, ControlPlaneError } from '../control-plane/client.js';

/** Least time between two pieces of one session, ms; the first goes at once. */
const betweenMs = 100;

/** A text that the session is producing. */
interface Text {
  block: number;
  kind: AgentPartial['kind'];
  afterSeq: number;
  text: string;
  /** How much of it the server has, characters. */
  sent: number;
}

/**
 * Shows a session's text to the server while it is produced, as long as somebody watches. Nothing here is stored and
 * nothing waits for it: the event brings the whole text. An unwatched session sends nothing; its text is kept while
 * it lasts, for whoever comes in the middle of it.
 *
 * One request is open at a time. It ends in one of three ways: it was taken, and the answer says from where to go on;
 * the server cannot be reached, and the next one waits longer; the attempt is no longer ours, and nothing follows.
 */
export class PartialSender {
  readonly #server: ControlPlane;
  readonly #run: { id: string; token: string };
  readonly #signal: AbortSignal;
  readonly #onUnwatched: () => void;
  readonly #backOff: BackOff;
  #text: Text | undefined;
  #blocks = 0;
  #watched = false;
  #sending = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  /** By the monotonic clock, ms. */
  #notBefore = 0;

  /** @param onUnwatched called when the server says that nobody watches any more */
  constructor(
    server: ControlPlane,
    run: { id: string; token: string },
    signal: AbortSignal,
    onUnwatched: () => void,
  ) {
    this.#server = server;
    this.#run = run;
    this.#signal = signal;
    this.#onUnwatched = onUnwatched;
    this.#backOff = new BackOff(server.mostBackOffMs);
  }

  get watched(): boolean {
    return this.#watched;
  }

  set watched(watched: boolean) {
    // Whoever comes may be at a server that has nothing of the text yet.
    if (watched && !this.#watched && this.#text) this.#text.sent = 0;
    this.#watched = watched;
    this.#next();
  }

  /** @param lastSeq of the newest event so far */
  add({ kind, text, begins }: AgentPartial, lastSeq: number): void {
    if (begins || this.#text?.kind !== kind) {
      this.#blocks += 1;
      this.#text = { block: this.#blocks, kind, afterSeq: lastSeq, text: '', sent: 0 };
    }
    const current = this.#text as Text;
    current.text += text.slice(0, maxPartialChars - current.text.length);
    this.#next();
  }

  /** An event went into the log, perhaps the text itself. */
  logged(event: Event): void {
    if (this.#text && endsPartial(this.#text, event)) this.#text = undefined;
  }

  stop(): void {
    this.#over = true;
    this.#text = undefined;
    clearTimeout(this.#timer);
  }

  #next(): void {
    const text = this.#text;
    if (!text || text.sent >= text.text.length) return;
    if (!this.#watched || this.#sending || this.#over || this.#timer || this.#signal.aborted) return;
    const wait = this.#notBefore - performance.now();
    if (wait <= 0) {
      void this.#send(text);
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#next();
    }, wait);
    this.#timer.unref();
  }

  async #send(text: Text): Promise<void> {
    this.#sending = true;
    this.#notBefore = performance.now() + betweenMs;
    const { block, kind, afterSeq, sent: offset } = text;
    const piece = text.text.slice(offset, offset + maxPartialPieceChars);
    const body = { token: this.#run.token, block, kind, afterSeq, offset, text: piece };
    try {
      const answer = await this.#server.call('sendPartial', {
        id: this.#run.id,
        body,
        signal: this.#signal,
      });
      text.sent = Math.min(answer.have, text.text.length);
      this.#backOff.reset();
      if (!answer.watched && this.#watched) {
        this.#watched = false;
        this.#onUnwatched();
      }
    } catch (error) {
      if (!(error instanceof ControlPlaneError)) throw error;
      if (error.code === 'STALE_ATTEMPT' || error.code === 'NOT_FOUND' || error.isUsers) this.stop();
      this.#notBefore = performance.now() + betweenMs + this.#backOff.next(error);
    } finally {
      this.#sending = false;
    }
    this.#next();
  }
}
