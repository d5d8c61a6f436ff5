import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The network between a server and its PostgreSQL, for tests that cut it, stop it or take it away. */
export class DatabaseLink {
  /** performance.now() of each attempt to connect. */
  readonly attempts: number[] = [];
  #target: URL;
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  #away = false;
  #stopped = false;

  private constructor(databaseUrl: string) {
    this.#target = new URL(databaseUrl);
    this.#server = createServer((socket) => this.#carry(socket));
  }

  /** @param databaseUrl of the PostgreSQL that lies behind it */
  static async to(databaseUrl: string): Promise<DatabaseLink> {
    const link = new DatabaseLink(databaseUrl);
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  /** What a server behind the link is given as its `DATABASE_URL`. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Breaks every connection; new ones are taken. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Breaks every connection and refuses new ones until `returns`. */
  goAway(): void {
    this.#away = true;
    this.cut();
  }

  returns(): void {
    this.#away = false;
  }

  /** Leads to another PostgreSQL from now on, as after a failover: what is open breaks. */
  turnTo(databaseUrl: string): void {
    this.#target = new URL(databaseUrl);
    this.cut();
  }

  /** Connections stay, but nothing arrives any more until `goesOn`: a cable that was pulled. */
  stop(): void {
    this.#stopped = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  goesOn(): void {
    this.#stopped = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.goAway();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(near: Socket): void {
    this.attempts.push(performance.now());
    if (this.#away) return void near.destroy();
    const far = connect(Number(this.#target.port || 5432), this.#target.hostname);
    const pair: [Socket, Socket] = [near, far];
    this.#pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', end).on('close', end);
      from.on('data', (bytes) => to.write(bytes));
      if (this.#stopped) from.pause();
    }
  }
}
