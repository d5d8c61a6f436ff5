import { randomUUID } from 'node:crypto';
import { type Agent, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  apiBase,
  type BodyInputOf,
  type ErrorCode,
  headers,
  inquiryKinds,
  misfit,
  type ResponseOf,
  type RouteName,
  readingOf,
  routes,
  runnerProtocolVersion,
} from '@agentfleet/contract';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import * as z from 'zod';
import { oneLine } from '../agents/claude-code/text.js';
import { AnswerTooLarge, bytesOf } from './bytes-of.js';
import { ServerClock } from './server-clock.js';

const compress = promisify(gzip);
/** Bodies below this are not worth compressing, bytes. */
const smallBody = 1_024;
/** How long a call may take besides what it waits on purpose, and the longest wait before it is tried again, ms. */
const defaultPace = { patienceMs: 15_000, mostBackOffMs: 30_000 };

/** Largest answer that is read, bytes: more than 256 of the longest prompts. */
const mostAnswerBytes = 256 * 1024 * 1024;
/** Longest sentence of a server's that is passed on, characters. */
const mostWords = 1_000;

/** The server's own, or `UNREACHABLE`: no answer came, or `UNREADABLE`: one that is not what the contract says. */
type AnswerCode = ErrorCode | 'UNREACHABLE' | 'UNREADABLE';

/** A refusal of the control API, no answer at all (`status` 0, code `UNREACHABLE`), or one that cannot be used. */
export class ControlPlaneError extends Error {
  readonly status: number;
  readonly code: AnswerCode;
  /** From EVENT_GAP and LOG_INCOMPLETE: where to go on. */
  readonly lastSeq: number | undefined;
  /** From STALE_ATTEMPT: people deleted the run. */
  readonly isDeleted: boolean;
  /** How long the server asks to wait, ms. */
  readonly retryAfterMs: number | undefined;
  /** Of UNREACHABLE: the system's name for what failed, such as ECONNREFUSED. */
  readonly reason: string | undefined;
  /** Whether the control API itself refused, and not something in between or nobody. */
  readonly isOurs: boolean;

  constructor(
    status: number,
    code: AnswerCode,
    message: string,
    more: {
      lastSeq?: number | undefined;
      isDeleted?: boolean | undefined;
      retryAfterMs?: number | undefined;
      reason?: string | undefined;
      isOurs?: boolean;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.lastSeq = more.lastSeq;
    this.isDeleted = more.isDeleted ?? false;
    this.retryAfterMs = more.retryAfterMs;
    this.reason = more.reason;
    this.isOurs = more.isOurs ?? false;
  }

  /** Whether the key may do nothing of the runner protocol; else FORBIDDEN is about what this runner offers. */
  get lacksScope(): boolean {
    return this.code === 'FORBIDDEN' && this.message.startsWith('The key lacks the scope');
  }

  /** Whether only this runner's user can mend it: a key or a setting is wrong, or the runner is outdated. */
  get isUsers(): boolean {
    return ['UNAUTHORIZED', 'FORBIDDEN', 'VALIDATION_FAILED', 'RUNNER_OUTDATED'].includes(this.code);
  }
}

export interface SendOptions {
  body?: unknown;
  /** Besides those every request carries; names in lower case. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Of one call; `waitMs`, `patienceMs`, `as`, `enrolment`: see there. */
export interface CallOptions<Name extends RouteName, Read = ResponseOf<Name>> {
  id?: string;
  body?: BodyInputOf<Name>;
  waitMs?: number;
  patienceMs?: number;
  signal?: AbortSignal;
  as?: z.ZodType<Read>;
  enrolment?: string;
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** Calls the control API: outbound only, through the proxy of the environment, on connections that stay open. */
export class ControlPlane {
  readonly url: string;
  /** For who tries again: the longest wait, ms. */
  readonly mostBackOffMs: number;
  /** Set by every answer that tells the time. */
  readonly clock = new ServerClock();
  readonly #patienceMs: number;
  readonly #apiKey: string;
  readonly #version: string;
  readonly #mostConnections: number;
  #agent: Agent;
  /** Of this process, or of this one of its runners. */
  readonly #instance = randomUUID();
  #credential: string | undefined;
  #isAway = false;
  #back = new AbortController();

  /** @param options `patienceMs` and `mostBackOffMs` are for tests that cannot wait as long as people can */
  constructor(options: {
    url: string;
    apiKey: string;
    version: string;
    patienceMs?: number;
    mostBackOffMs?: number;
    /** Of this client alone, at a time; more requests wait for one, within their patience. As many as it wants by default. */
    mostConnections?: number;
  }) {
    this.url = options.url;
    this.#patienceMs = options.patienceMs ?? defaultPace.patienceMs;
    this.mostBackOffMs = options.mostBackOffMs ?? defaultPace.mostBackOffMs;
    this.#apiKey = options.apiKey;
    this.#version = options.version;
    this.#mostConnections = options.mostConnections ?? Number.POSITIVE_INFINITY;
    this.#agent = agentFor(options.url, this.#mostConnections);
  }

  /** From now on the runner protocol is spoken with the runner's own credential; undefined: with the API key. */
  speakAs(credential: string | undefined): void {
    this.#credential = credential;
  }

  /**
   * Calls a route of the contract. Its answer has been parsed: what is known in it fits, and what is not is left out,
   * so that neither a newer server nor one that means harm gets anything past the schema.
   * @param options.waitMs how long the server may hold the answer back on purpose, ms
   * @param options.patienceMs how long the answer may take besides, ms, where that is another time than usual
   * @param options.enrolment the runner's secret: it enrols, with the API key
   * @param options.as reads the answer, where less of it is needed than the contract's schema asks for
   * Throws ControlPlaneError; UNREADABLE where the answer does not fit.
   */
  async call<Name extends RouteName, Read = ResponseOf<Name>>(
    name: Name,
    options: CallOptions<Name, Read> = {},
  ): Promise<Read> {
    const route = routes[name];
    const path = apiBase + route.path.replace(':id', () => encodeURIComponent(options.id ?? ''));
    const sentAt = performance.now();
    const answer = await this.send(route.method, path, {
      ...options,
      headers: 'runnerProtocol' in route ? this.#asRunner(options.enrolment) : {},
    });
    const body = answer.status < 300 ? objectIn(answer.text) : undefined;
    if (!body) throw refusalOf(answer, this.url);
    const read = (options.as ?? answerOf(name)).safeParse(body);
    if (!read.success) {
      const message = `What ${this.url} answers to ${name} is not what the contract says: ${misfit(read.error)}`;
      throw new ControlPlaneError(answer.status, 'UNREADABLE', oneLine(message, mostWords));
    }
    const said: unknown = read.data;
    if (said && typeof said === 'object' && 'serverTime' in said) this.clock.told(said.serverTime, sentAt);
    return read.data as Read;
  }

  /**
   * One request. Throws ControlPlaneError UNREACHABLE when there is no whole answer.
   * @param options.mostBytes of the answer, where it is known to be a small one
   */
  async send(
    method: string,
    path: string,
    options: SendOptions & { waitMs?: number; patienceMs?: number; mostBytes?: number } = {},
  ): Promise<Answer> {
    const { waitMs = 0, patienceMs = this.#patienceMs, mostBytes = mostAnswerBytes } = options;
    // Not AbortSignal.timeout: within AbortSignal.any, Node 20 lets it be collected, and it never fires.
    const overdue = new AbortController();
    const timer = setTimeout(() => overdue.abort(), patienceMs + waitMs).unref();
    const signal = options.signal ? AbortSignal.any([options.signal, overdue.signal]) : overdue.signal;
    try {
      const response = await this.open(method, path, { ...options, signal });
      const text = (await bytesOf(response, mostBytes)).toString('utf8');
      this.#answered();
      return { status: response.statusCode ?? 0, headers: response.headers, text };
    } catch (error) {
      throw error instanceof ControlPlaneError ? error : this.#unreachable(error as Error);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Sends a request and resolves as soon as the answer begins, so that it can be read as a stream.
   * Throws ControlPlaneError UNREACHABLE.
   */
  async open(method: string, path: string, options: SendOptions = {}): Promise<IncomingMessage> {
    const text = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const zipped = text !== undefined && text.length >= smallBody;
    const body = zipped ? await compress(text) : text;
    const url = new URL(this.url + path);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method,
        agent: this.#agent,
        ...(options.signal && { signal: options.signal }),
        headers: {
          authorization: `Bearer ${this.#apiKey}`,
          [headers.runnerProtocol]: String(runnerProtocolVersion),
          [headers.runnerVersion]: this.#version,
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json', 'content-length': body.length }),
          ...(zipped && { 'content-encoding': 'gzip' }),
          ...options.headers,
        },
      });
      request.on('error', (error) => reject(this.#unreachable(error)));
      request.on('response', resolve);
      request.end(body);
    });
  }

  #asRunner(enrolment: string | undefined): Record<string, string> {
    const key = enrolment === undefined ? (this.#credential ?? this.#apiKey) : this.#apiKey;
    return {
      authorization: `Bearer ${key}`,
      [headers.runnerInstance]: this.#instance,
      [headers.answers]: inquiryKinds.join(),
      ...(enrolment !== undefined && { [headers.enrolment]: enrolment }),
    };
  }

  /** Aborts when the server answers the next time after it did not: whoever waits for it need not wait longer. */
  get back(): AbortSignal {
    return this.#back.signal;
  }

  #answered(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    const back = this.#back;
    this.#back = new AbortController();
    back.abort();
  }

  /** The proxy its requests go through, without credentials. */
  get proxy(): string | undefined {
    const proxy = getProxyForUrl(this.url);
    return URL.canParse(proxy) ? new URL(proxy).host : undefined;
  }

  #unreachable(error: Error & { code?: string }): ControlPlaneError {
    this.#isAway = true;
    const what = error instanceof AnswerTooLarge ? error.message : `does not answer: ${reasonOf(error)}`;
    const message = `${this.url} ${what}`;
    return new ControlPlaneError(0, 'UNREACHABLE', message, { reason: error.code });
  }

  /** Lets go of the open connections: after a sleep the other side may long have forgotten them. */
  reconnect(): void {
    this.#agent.destroy();
    this.#agent = agentFor(this.url, this.#mostConnections);
  }
}

function agentFor(url: string, maxSockets: number): Agent {
  const options = { keepAlive: true, maxSockets };
  const proxy = getProxyForUrl(url);
  const secure = url.startsWith('https:');
  if (proxy) {
    return secure
      ? (new HttpsProxyAgent(proxy, options) as unknown as Agent)
      : (new HttpProxyAgent(proxy, options) as unknown as Agent);
  }
  return secure ? new HttpsAgent(options) : new HttpAgent(options);
}

const answers = new Map<RouteName, z.ZodType>();

/** The schema of a route's answer as we read it: made once. */
function answerOf(name: RouteName): z.ZodType {
  const known = answers.get(name) ?? readingOf(routes[name].response as z.ZodType);
  answers.set(name, known);
  return known;
}

/** The error envelope as far as it is acted on: a newer server may have codes that nothing here knows. */
const Refusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z
      .object({
        lastSeq: z.int().nonnegative().optional().catch(undefined),
        deleted: z.literal(true).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
  }),
});

/** Why an answer is not what was asked for, in words that steer no terminal. `url` is where it was asked, for people. */
export function refusalOf(answer: Answer, url: string): ControlPlaneError {
  const { status, text } = answer;
  const retryAfterMs = retryAfterOf(answer);
  const refusal = Refusal.safeParse(objectIn(text)).data;
  if (status >= 400 && refusal) {
    const { code, message, details } = refusal.error;
    return new ControlPlaneError(status, code as ErrorCode, oneLine(message, mostWords), {
      lastSeq: details?.lastSeq,
      isDeleted: details?.deleted,
      retryAfterMs,
      isOurs: true,
    });
  }
  // Not our envelope: something between us and the server answered, a proxy or a sign-in page of the network.
  const { location } = answer.headers;
  const what =
    status >= 300 && status < 400 && location
      ? `redirects to ${oneLine(location, mostWords)}: set AGENTFLEET_URL to where the control API is`
      : `is answered with HTTP ${status} by something that is not AgentFleet`;
  return new ControlPlaneError(status, 'UNAVAILABLE', `${url} ${what}`, { retryAfterMs });
}

/** Retry-After as ms: it may be seconds, or a date by the server's clock. */
function retryAfterOf({ headers: received }: Answer): number | undefined {
  const value = received['retry-after'];
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value.trim())
    ? Number(value)
    : (Date.parse(value) - Date.parse(received.date ?? '')) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1_000) : undefined;
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const reasons: Record<string, string | undefined> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network',
  ENOTFOUND: 'its name is not known',
  EPROTO: 'it does not speak HTTPS',
  ETIMEDOUT: 'it took too long',
};

function reasonOf({ name, code, message }: Error & { code?: string }): string {
  if (name === 'TimeoutError') return 'it took too long';
  if (code === undefined) return message;
  return `${reasons[code] ?? message} (${code})`;
}
