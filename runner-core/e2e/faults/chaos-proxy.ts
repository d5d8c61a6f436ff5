import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from './random.js';

/** What may happen to a request on its way. Shares are from 0 to 1; the rest passes untouched. */
export interface Weather {
  /** The connection is cut before the request reaches the server. */
  cutBefore: number;
  /** It is cut in the middle of the request's body: the server has half of it. */
  cutInRequest: number;
  /** The server answers, but the connection is cut before the answer arrives. */
  cutAfter: number;
  /** It is cut in the middle of the answer's body. */
  cutInAnswer: number;
  /** The request reaches a server twice, perhaps another one; the caller sees the first answer. */
  duplicate: number;
  /** The request is held for up to `delayMs`, so that later ones overtake it. */
  delay: number;
  /** ms. */
  delayMs: number;
}

export const fairWeather: Weather = {
  cutBefore: 0,
  cutInRequest: 0,
  cutAfter: 0,
  cutInAnswer: 0,
  duplicate: 0,
  delay: 0,
  delayMs: 0,
};

/**
 * A bad network between a client and the servers: an HTTP proxy on loopback that gives each request to one of them
 * and delays, cuts, duplicates and reorders what passes, which is what a client can observe of a network below
 * TCP's guarantees.
 */
export class ChaosProxy {
  weather: Weather = fairWeather;
  /** Nothing passes at all, as when a cable was pulled. */
  partitioned = false;
  /** Where requests go, e.g. `http://127.0.0.1:7373`; they may change while the proxy lives. */
  targets: readonly string[];
  readonly #random: Random;
  readonly #server: Server;

  private constructor(targets: readonly string[], random: Random) {
    this.targets = targets;
    this.#random = random;
    this.#server = createServer((incoming, outgoing) => {
      this.#carry(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
    this.#server.on('connection', (socket) => this.partitioned && socket.destroy());
  }

  static async start(targets: readonly string[], random: Random): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(targets, random);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every open connection, as when a cable is pulled. */
  cutAll(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #carry(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { cutBefore, cutInRequest, cutAfter, cutInAnswer, duplicate, delay, delayMs } = this.weather;
    const body = await readAll(incoming);
    if (this.partitioned || this.#random.chance(cutBefore)) return void incoming.socket.destroy();
    if (this.#random.chance(delay))
      await new Promise((resolve) => setTimeout(resolve, this.#random.int(0, delayMs)));
    if (this.#random.chance(cutInRequest) && body.length > 1) {
      this.#forwardHalf(incoming, body);
      return void incoming.socket.destroy();
    }
    const loses = this.#random.chance(cutAfter);
    const tears = this.#random.chance(cutInAnswer);
    const again = this.#random.chance(duplicate);
    const first = this.#forward(incoming, body, outgoing);
    if (again)
      this.#forward(incoming, body, outgoing).then(
        (answer) => answer.resume().on('error', () => undefined),
        () => undefined,
      );
    const answer = await first;
    if (loses || this.partitioned) {
      answer.resume().on('error', () => undefined);
      return void incoming.socket.destroy();
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => outgoing.destroy());
    if (tears) {
      answer.once('data', (chunk: Buffer) => {
        outgoing.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => incoming.socket.destroy());
        answer.destroy();
      });
    } else answer.pipe(outgoing);
  }

  /** Sends the request on; it ends when the caller goes away, as a long-poll must. */
  #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const onward = this.#open(incoming);
      onward.on('response', resolve).on('error', reject);
      outgoing.on('close', () => outgoing.writableFinished || onward.destroy());
      onward.end(body);
    });
  }

  #forwardHalf(incoming: IncomingMessage, body: Buffer): void {
    const onward = this.#open(incoming);
    onward.on('error', () => undefined);
    onward.write(body.subarray(0, Math.floor(body.length / 2)), () => onward.destroy());
  }

  #open(incoming: IncomingMessage) {
    const target = this.#random.pick(this.targets);
    return request(new URL(incoming.url ?? '/', target), {
      method: incoming.method ?? 'GET',
      headers: { ...incoming.headers, host: new URL(target).host },
    });
  }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
