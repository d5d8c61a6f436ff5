import type { IncomingMessage } from 'node:http';
import { type ApiAnswer, type ApiRequest, relayedRoute, type Telling } from '@agentfleet/bridge';
import { apiBase, headers, type ImageType, imagePathOf, imageTypes } from '@agentfleet/contract';
import { bytesOf, ControlPlane, ControlPlaneError } from '@agentfleet/runner-core';

/** How long an image may take, and a stream until it begins or is refused, ms. */
const patienceMs = 30_000;
/** Largest answer that is passed on, bytes: a window has to hold it, and so has this process, on which sessions depend. */
const mostBytes = 64 * 1024 ** 2;
/** Largest image, bytes: more than the contract lets one have. */
const mostImageBytes = 8 * 1024 ** 2;
/** Largest refusal of a stream, bytes. */
const mostRefusalBytes = 1024 ** 2;
/** Longest line of a stream, characters: the window keeps it until its end, and a line may have none. */
const mostLine = 16 * 1024 ** 2;
/** A window opens so many streams at most; more than its screens want. */
const mostStreams = 32;
/** Of connections to the server, streams among them: further requests wait. Each takes a descriptor, which sessions need too. */
const mostConnections = 64;

/** Where the control API is and what opens it; the key stays in this process. */
export interface ApiAccess {
  server: string;
  apiKey: string;
}

/** Sends what a window asks of the control API, with the key that the window never sees. */
export class ApiRelay {
  readonly #version: string;
  readonly #access: () => ApiAccess | undefined;
  readonly #streams = new Map<string, AbortController>();
  #plane: { of: ApiAccess; plane: ControlPlane } | undefined;

  /** @param access undefined while the app is not set up */
  constructor(version: string, access: () => ApiAccess | undefined) {
    this.#version = version;
    this.#access = access;
  }

  /** Never rejects: a refusal is an answer with the API's own envelope, no answer at all has status 0. */
  async request(request: ApiRequest): Promise<ApiAnswer> {
    const prepared = this.#prepare(request);
    if ('status' in prepared) return prepared;
    try {
      const { plane, path, options } = prepared;
      const answer = await plane.send(request.method, path, { ...options, mostBytes });
      const { etag } = answer.headers;
      const retryAfter = retryAfterOf(answer.headers);
      return { status: answer.status, retryAfter, ...(etag && { etag }), body: answer.text };
    } catch (error) {
      return unreachable(error);
    }
  }

  /** An image of a session's log, by its address on the server; undefined where there is none, or no answer. */
  async image(address: string): Promise<{ type: ImageType; bytes: Uint8Array<ArrayBuffer> } | undefined> {
    const path = imagePathOf(address);
    const access = path === undefined ? undefined : this.#access();
    if (!access) return undefined;
    try {
      const signal = AbortSignal.timeout(patienceMs);
      const response = await this.#planeFor(access).open('GET', apiBase + path, { signal });
      const bytes = await bytesOf(response, mostImageBytes);
      const type = imageTypes.find((known) => known === response.headers['content-type']);
      if (response.statusCode !== 200 || !type) return undefined;
      return { type, bytes: new Uint8Array(bytes) };
    } catch {
      return undefined;
    }
  }

  /**
   * Opens a stream: what comes after a 2xx is told in pieces, then that it ended.
   * @param owner of the stream; ids of two owners never meet
   */
  async open(
    owner: number,
    id: string,
    request: ApiRequest,
    tell: (telling: Telling) => void,
  ): Promise<ApiAnswer> {
    const prepared = this.#prepare(request);
    if ('status' in prepared) return prepared;
    const name = `${owner} ${id}`;
    this.#streams.get(name)?.abort();
    this.#streams.delete(name);
    const mine = [...this.#streams.keys()].filter((each) => each.startsWith(`${owner} `));
    if (mine.length >= mostStreams) {
      return refusal(429, 'RATE_LIMITED', 'This window has too many streams open.');
    }
    const stopping = new AbortController();
    const overdue = setTimeout(() => stopping.abort(), patienceMs);
    const end = () => {
      clearTimeout(overdue);
      // A newer one may have its name by now.
      if (this.#streams.get(name) === stopping) this.#streams.delete(name);
    };
    this.#streams.set(name, stopping);
    try {
      const { plane, path, options } = prepared;
      const accept = { ...options.headers, accept: 'text/event-stream' };
      const response = await plane.open('GET', path, { headers: accept, signal: stopping.signal });
      const status = response.statusCode ?? 0;
      const retryAfter = retryAfterOf(response.headers);
      if (status >= 300) {
        const body = await bytesOf(response, mostRefusalBytes).catch(() => undefined);
        end();
        return body ? { status, retryAfter, body: body.toString('utf8') } : nobody;
      }
      clearTimeout(overdue);
      void pass(response, id, tell).finally(end);
      return { status, retryAfter, body: '' };
    } catch (error) {
      end();
      return unreachable(error);
    }
  }

  close(owner: number, id: string): void {
    this.#streams.get(`${owner} ${id}`)?.abort();
    this.#streams.delete(`${owner} ${id}`);
  }

  /** The window is gone. */
  closeAll(owner: number): void {
    for (const name of this.#streams.keys()) {
      if (name.startsWith(`${owner} `)) this.close(owner, name.slice(`${owner} `.length));
    }
  }

  #prepare(request: ApiRequest) {
    const relayed = relayedRoute(request);
    if (!relayed.ok) return refusal(400, 'VALIDATION_FAILED', relayed.problem);
    const access = this.#access();
    if (!access) return refusal(401, 'UNAUTHORIZED', 'There is no API key for this server.');
    const { idempotencyKey, lastEventId, ifNoneMatch, body } = request;
    const sent: Record<string, string> = {
      ...(idempotencyKey !== undefined && { [headers.idempotencyKey.toLowerCase()]: idempotencyKey }),
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
    };
    const options = { headers: sent, ...(body !== undefined && { body }) };
    return { plane: this.#planeFor(access), path: apiBase + request.path, options };
  }

  #planeFor(access: ApiAccess): ControlPlane {
    const known = this.#plane;
    if (known && known.of.server === access.server && known.of.apiKey === access.apiKey) return known.plane;
    const plane = new ControlPlane({
      url: access.server,
      apiKey: access.apiKey,
      version: this.#version,
      mostConnections,
    });
    this.#plane = { of: access, plane };
    return plane;
  }
}

async function pass(response: IncomingMessage, id: string, tell: (telling: Telling) => void): Promise<void> {
  response.setEncoding('utf8');
  let line = 0;
  try {
    for await (const piece of response) {
      const text = String(piece);
      const end = text.lastIndexOf('\n');
      line = end === -1 ? line + text.length : text.length - end - 1;
      if (line > mostLine) break;
      tell({ type: 'chunk', id, text });
    }
  } catch {
    // It broke off: the window takes it up again where it broke.
  }
  tell({ type: 'end', id });
}

function refusal(status: number, code: string, message: string): ApiAnswer {
  return { status, retryAfter: null, body: JSON.stringify({ error: { code, message } }) };
}

function unreachable(error: unknown): ApiAnswer {
  if (!(error instanceof ControlPlaneError)) throw error;
  return nobody;
}

/** No whole answer came. */
const nobody: ApiAnswer = { status: 0, retryAfter: null, body: '' };

const retryAfterOf = (received: IncomingMessage['headers']): string | null => received['retry-after'] ?? null;
