import { apiBase, type ErrorEnvelope, headers, type ResponseOf, type RouteName } from '@agentfleet/contract';
import { checked } from './answers.js';
import { TransportError } from './transport.js';

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, with its query. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Milliseconds after which a call without an answer counts as unreachable. */
const timeoutMs = 30_000;

/** Milliseconds that the end of a session waits for answers that are still to come. */
const lastAnswersMs = 1_000;

/** Answers that are kept. */
const mostKept = 50;

/** Where a session begins, is asked for, and ends: the one path that is open to who has none. */
export const sessionPath = '/session';

/** Talks to the control API with the cookie session of this browser, and remembers its CSRF token. */
export class HttpClient {
  #csrfToken: string | undefined;
  #hasLeft = false;
  /** Settles once a session that is about to end has ended, or has not. Never rejects. */
  #leaving: Promise<void> | undefined;
  /** What the newest answers said, by path and with their ETag: what has not changed is not sent again. */
  readonly #kept = new Map<string, { etag: string; value: unknown }>();
  /** Requests whose answer has not begun. */
  readonly #unanswered = new Set<Promise<Response>>();

  constructor(
    private readonly fetchImpl: typeof fetch,
    private readonly origin: string,
  ) {}

  /** Whether its owner ended the session: what is refused from then on is no news. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  begin(csrfToken: string): void {
    this.#csrfToken = csrfToken;
    this.#hasLeft = false;
    this.#kept.clear();
  }

  /**
   * Ends the session. Whatever else is asked meanwhile waits for it, and is then sent, if the session goes on, or
   * refused here: were it sent, it would come back as the end of a session that nobody asked to end. Rejects with a
   * `TransportError` when the session could not be ended.
   */
  async leave(): Promise<void> {
    const left = this.#leave();
    this.#leaving = left
      .catch(() => undefined)
      .finally(() => {
        this.#leaving = undefined;
      });
    await left;
  }

  async #leave(): Promise<void> {
    const unanswered = Promise.allSettled(this.#unanswered);
    await Promise.race([unanswered, new Promise((resolve) => setTimeout(resolve, lastAnswersMs))]);
    try {
      await this.json('deleteBrowserSession', { method: 'DELETE', path: sessionPath });
    } catch (error) {
      const wasOver = error instanceof TransportError && error.code === 'UNAUTHORIZED';
      if (!wasOver) throw error;
    }
    this.#csrfToken = undefined;
    this.#hasLeft = true;
    this.#kept.clear();
  }

  /** The JSON of a successful answer as the route gives it, null for one without content. Rejects with a `TransportError`. */
  async json<Name extends RouteName>(name: Name, request: HttpRequest): Promise<ResponseOf<Name>> {
    const signal = AbortSignal.timeout(timeoutMs);
    const kept = request.method === undefined ? this.#kept.get(request.path) : undefined;
    const conditional = { ...request.headers, ...(kept && { 'If-None-Match': kept.etag }) };
    const response = await this.open({ ...request, headers: conditional, signal: request.signal ?? signal });
    if (response.status === 304) return kept?.value as ResponseOf<Name>;
    if (response.status === 204) return null as ResponseOf<Name>;
    const value = checked<ResponseOf<Name>>(name, await jsonOf(response));
    this.#keep(request, response.headers.get('ETag'), value);
    return value;
  }

  /** Pages of a log never change, and are large. */
  #keep({ method, path }: HttpRequest, etag: string | null, value: unknown): void {
    if (method !== undefined || etag === null || path.includes('/events')) return;
    this.#kept.delete(path);
    this.#kept.set(path, { etag, value });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** The answer itself once its status is a success, e.g. to read a stream. Rejects with a `TransportError`. */
  async open(request: HttpRequest): Promise<Response> {
    if (request.path !== sessionPath) {
      await this.#leaving;
      if (this.#hasLeft) throw new TransportError('UNAUTHORIZED', 'You are signed out.');
    }
    const answer = this.#send(request);
    this.#unanswered.add(answer);
    let response: Response;
    try {
      response = await answer;
    } catch {
      throw new TransportError('UNREACHABLE', 'The server does not answer. Is it running?');
    } finally {
      this.#unanswered.delete(answer);
    }
    if (!response.ok && response.status !== 304) throw await readError(response);
    return response;
  }

  async #send({ method = 'GET', path, body, headers: further, signal }: HttpRequest): Promise<Response> {
    return this.fetchImpl(`${this.origin}${apiBase}${path}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'GET' || !this.#csrfToken ? {} : { [headers.csrf]: this.#csrfToken }),
        ...further,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new TransportError('UNREACHABLE', 'The answer of the server broke off. Try again.');
  }
}

async function readError(response: Response): Promise<TransportError> {
  const retryAfter = Number(response.headers.get('Retry-After'));
  const after = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined;
  try {
    const { error } = (await response.json()) as ErrorEnvelope;
    return new TransportError(error.code, error.message, after);
  } catch {
    // A proxy in between answers in its own words.
    const code = response.status >= 500 ? 'UNAVAILABLE' : 'INTERNAL';
    return new TransportError(code, `The server answered ${response.status} without a reason.`, after);
  }
}
