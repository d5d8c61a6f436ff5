import { connect, type Socket } from 'node:net';
import type { Api } from './api.js';

const endOfHead = '\r\n\r\n';

/**
 * A request as it goes over the network: with a body a POST, without one a GET.
 * @param more lines of its head
 */
export function requestBytes(
  { host, key }: Pick<Api, 'host' | 'key'>,
  path: string,
  body?: string,
  more: readonly string[] = [],
): Buffer {
  const head = [
    `${body === undefined ? 'GET' : 'POST'} /api/v1${path} HTTP/1.1`,
    `host: ${host}`,
    `authorization: Bearer ${key}`,
    'agentfleet-protocol: 1',
    ...more,
    ...(body === undefined
      ? []
      : ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}${endOfHead}${body ?? ''}`);
}

/**
 * One connection that sends requests, one after another: of the load on the machine it is as little as a load
 * generator can be.
 */
export class KeepAliveClient {
  readonly #socket: Socket;
  #answer = '';
  #waiting: PromiseWithResolvers | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => this.#take(text));
    socket.once('error', (error) => this.#waiting?.reject(error));
    socket.once('close', () => this.#waiting?.reject(new Error('The server closed the connection')));
  }

  /** @param host name and port */
  static open(host: string): Promise<KeepAliveClient> {
    const { hostname, port } = new URL(`http://${host}`);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      socket.once('error', reject).once('connect', () => resolve(new KeepAliveClient(socket)));
    });
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Resolves with the body of the answer. Throws on every status but 2xx. */
  send(request: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#answer += text;
    const head = this.#answer.indexOf(endOfHead);
    if (head < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#answer)?.[1];
    if (length === undefined) throw new Error(`An answer without a length: ${this.#answer}`);
    const body = head + endOfHead.length;
    if (this.#answer.length < body + Number(length)) return;
    const answer = this.#answer;
    const waiting = this.#waiting;
    this.#answer = '';
    this.#waiting = undefined;
    if (/^HTTP\/1\.1 2/.test(answer)) waiting?.resolve(Buffer.from(answer.slice(body), 'latin1').toString());
    else waiting?.reject(new Error(answer));
  }
}

interface PromiseWithResolvers {
  resolve: (body: string) => void;
  reject: (error: Error) => void;
}
