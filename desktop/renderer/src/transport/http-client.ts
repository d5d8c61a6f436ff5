import { apiBase, type ErrorEnvelope, headers } from '@agentfleet/contract';
import { TransportError } from './transport.js';

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`, with its query. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Milliseconds after which a call without an answer counts as unreachable. */
const timeoutMs = 30_000;

/** Talks to the control API with the cookie session of this browser, and remembers its CSRF token. */
export class HttpClient {
  csrfToken: string | undefined;

  constructor(
    private readonly fetchImpl: typeof fetch,
    private readonly origin: string,
  ) {}

  /** The JSON of a successful answer. Rejects with a `TransportError`. */
  async json<T>(request: HttpRequest): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await this.open({ ...request, signal: request.signal ?? signal });
    try {
      return (await response.json()) as T;
    } catch {
      throw new TransportError('UNREACHABLE', 'The answer of the server broke off. Try again.');
    }
  }

  /** The answer itself once its status is a success, e.g. to read a stream. Rejects with a `TransportError`. */
  async open(request: HttpRequest): Promise<Response> {
    const { method = 'GET', path, body, signal } = request;
    let response: Response;
    try {
      response = await this.fetchImpl(`${this.origin}${apiBase}${path}`, {
        method,
        credentials: 'same-origin',
        cache: 'no-store',
        headers: {
          Accept: 'application/json',
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(method === 'GET' || !this.csrfToken ? {} : { [headers.csrf]: this.csrfToken }),
          ...request.headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch {
      throw new TransportError('UNREACHABLE', 'The server does not answer. Is it running?');
    }
    if (!response.ok) throw await readError(response);
    return response;
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
