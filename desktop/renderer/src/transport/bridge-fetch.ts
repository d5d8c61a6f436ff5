import type { ApiAnswer, ApiRequest, Telling } from '@agentfleet/bridge';
import { apiBase, headers as names } from '@agentfleet/contract';
import type { AppClient } from './app-client.js';

/** What of the app's main process is used. */
type Relay = Pick<AppClient, 'ask' | 'listen'>;

/**
 * `fetch` by way of the app's main process, which adds the key and sends the request: for addresses of the control API
 * alone. Rejects, as `fetch` does, when no answer came.
 */
export function bridgeFetch(relay: Relay): typeof fetch {
  return async (address, init = {}) => {
    const headers = new Headers(init.headers);
    const request = apiRequest(String(address), init, headers);
    const { signal } = init;
    signal?.throwIfAborted();
    return headers.get('accept') === 'text/event-stream'
      ? openStream(relay, request, signal ?? undefined)
      : ask(relay, request, signal ?? undefined);
  };
}

function apiRequest(address: string, { method = 'GET', body }: RequestInit, headers: Headers): ApiRequest {
  const idempotencyKey = headers.get(names.idempotencyKey);
  const lastEventId = headers.get('last-event-id');
  const ifNoneMatch = headers.get('if-none-match');
  return {
    method: method as ApiRequest['method'],
    path: address.slice(address.indexOf(apiBase) + apiBase.length),
    ...(typeof body === 'string' && { body: JSON.parse(body) }),
    ...(idempotencyKey !== null && { idempotencyKey }),
    ...(lastEventId !== null && { lastEventId }),
    ...(ifNoneMatch !== null && { ifNoneMatch }),
  };
}

async function ask(relay: Relay, request: ApiRequest, signal: AbortSignal | undefined): Promise<Response> {
  const answer = await unlessAborted(relay.ask('request', request), signal);
  return toResponse(answer, answer.body);
}

async function openStream(
  relay: Relay,
  request: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const id = streamId();
  let stop = () => {};
  const close = () => {
    stop();
    relay.ask('closeStream', id).catch(() => undefined);
  };
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const encoder = new TextEncoder();
      // Pieces may come before the answer that announces them.
      stop = relay.listen((telling: Telling) => {
        if (telling.type === 'chunk' && telling.id === id) controller.enqueue(encoder.encode(telling.text));
        if (telling.type === 'end' && telling.id === id) {
          stop();
          controller.close();
        }
      });
      signal?.addEventListener('abort', () => {
        stop();
        controller.error(signal.reason);
      });
    },
    cancel: close,
  });
  signal?.addEventListener('abort', close, { once: true });
  try {
    const answer = await unlessAborted(relay.ask('openStream', { id, request }), signal);
    if (answer.status >= 200 && answer.status < 300) return toResponse(answer, stream);
    stop();
    return toResponse(answer, answer.body);
  } catch (error) {
    stop();
    throw error;
  }
}

function toResponse({ status, retryAfter, etag }: Omit<ApiAnswer, 'body'>, body: BodyInit) {
  if (status === 0) throw new TypeError('No answer came');
  const isEmpty = status === 204 || status === 304;
  return new Response(isEmpty ? null : body, {
    status,
    headers: { ...(retryAfter !== null && { 'retry-after': retryAfter }), ...(etag && { etag }) },
  });
}

function unlessAborted<Result>(asked: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return asked;
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    asked.then(resolve, reject);
  });
}

/** Unique within this window. */
function streamId(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(36)).join('');
}
