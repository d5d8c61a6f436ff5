import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from './random.js';

/** What may happen to a request on its way. Shares are from 0 to 1; the rest passes untouched. */
export interface Weather {
  /** The connection is cut before the request reaches the server. */
  cutBefore: number;
  /** The server answers, but the connection is cut before the answer arrives. */
  cutAfter: number;
  /** The request reaches the server twice; the caller sees the first answer. */
  duplicate: number;
  /** The request is held for up to `delayMs`, so that later ones overtake it. */
  delay: number;
  /** ms. */
  delayMs: number;
}

export const fairWeather: Weather = { cutBefore: 0, cutAfter: 0, duplicate: 0, delay: 0, delayMs: 0 };

/**
 * A bad network between a runner and a server: an HTTP proxy on loopback that delays, cuts, duplicates and
 * reorders whole requests, which is what a runner can observe of a network below TCP's guarantees.
 */
export class ChaosProxy {
  weather: Weather = fairWeather;
  /** Where requests go, e.g. `http://127.0.0.1:7373`; it may change while the proxy lives. */
  target: string;
  readonly #random: Random;
  readonly #server: Server;

  private constructor(target: string, random: Random) {
    this.target = target;
    this.#random = random;
    this.#server = createServer((incoming, outgoing) => {
      this.#carry(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
  }

  static async start(target: string, random: Random): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(target, random);
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
    const { cutBefore, cutAfter, duplicate, delay, delayMs } = this.weather;
    const body = await readAll(incoming);
    if (this.#random.chance(cutBefore)) return void incoming.socket.destroy();
    if (this.#random.chance(delay))
      await new Promise((resolve) => setTimeout(resolve, this.#random.int(0, delayMs)));
    const loses = this.#random.chance(cutAfter);
    const again = this.#random.chance(duplicate);
    const first = this.#forward(incoming, body, outgoing);
    if (again)
      this.#forward(incoming, body, outgoing).then(
        (answer) => answer.resume(),
        () => undefined,
      );
    const answer = await first;
    if (loses) {
      answer.resume();
      return void incoming.socket.destroy();
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  }

  /** Sends the request on; it ends when the caller goes away, as a long-poll must. */
  #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const onward = request(new URL(incoming.url ?? '/', this.target), {
        method: incoming.method ?? 'GET',
        headers: { ...incoming.headers, host: new URL(this.target).host },
      });
      onward.on('response', resolve).on('error', reject);
      outgoing.on('close', () => outgoing.writableFinished || onward.destroy());
      onward.end(body);
    });
  }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
