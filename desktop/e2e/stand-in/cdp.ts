import type { Readable, Writable } from 'node:stream';

/** What Chromium tells by itself. `sessionId` is undefined for the browser as a whole. */
export interface CdpEvent {
  method: string;
  params: Record<string, unknown>;
  sessionId: string | undefined;
}

interface Message extends Partial<CdpEvent> {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** The DevTools protocol over the pipe of one Chromium: JSON messages with a zero byte between them. */
export class Cdp {
  readonly #out: Writable;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  readonly #listeners = new Set<(event: CdpEvent) => void>();
  #lastId = 0;

  constructor(out: Writable, input: Readable) {
    this.#out = out;
    let rest = '';
    input.setEncoding('utf8').on('data', (chunk: string) => {
      const texts = (rest + chunk).split('\0');
      rest = texts.pop() ?? '';
      for (const text of texts) this.#receive(JSON.parse(text) as Message);
    });
    input.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium is gone'));
      this.#waiting.clear();
    });
    out.on('error', () => undefined);
  }

  /** Rejects with Chromium's words, or when Chromium goes. */
  send<Result = unknown>(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#out.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    });
  }

  /** @returns unsubscribe */
  listen(listener: (event: CdpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #receive({ id, result, error, method, params, sessionId }: Message): void {
    if (id === undefined) {
      for (const listener of this.#listeners)
        listener({ method: method ?? '', params: params ?? {}, sessionId });
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
