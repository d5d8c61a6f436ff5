import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseLink } from '@agentfleet/server';
import { freePort } from '../program.js';

const main = join(import.meta.dirname, '../../../server/dist/main.js');

interface Slot {
  port: number;
  /** The network between it and the database. */
  link: DatabaseLink;
  child: ChildProcess;
}

/** The built server, several times on one database, each as a process of its own behind a network of its own. */
export class Servers {
  readonly slots: Slot[] = [];
  /** What they logged at level error. */
  readonly errors: string[] = [];
  readonly #keyFile: string;

  private constructor(home: string) {
    this.#keyFile = join(home, 'key');
  }

  static async start(home: string, databaseUrl: string, count: number): Promise<Servers> {
    const servers = new Servers(home);
    for (let index = 0; index < count; index += 1) {
      const link = await DatabaseLink.to(databaseUrl);
      const port = await freePort();
      servers.slots.push({ port, link, child: servers.#spawn(port, link) });
      await servers.#serves(port);
    }
    return servers;
  }

  /** Of the first org: it may do everything. */
  get key(): string {
    return readFileSync(this.#keyFile, 'utf8').trim();
  }

  async kill(which: number): Promise<void> {
    const { child } = this.#at(which);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** @param aheadMs how much its clock is ahead */
  async startAgain(which: number, aheadMs = 0): Promise<void> {
    const slot = this.#at(which);
    slot.child = this.#spawn(slot.port, slot.link, aheadMs);
    await this.#serves(slot.port);
  }

  signal(which: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#at(which).child.kill(signal);
  }

  async end(): Promise<void> {
    for (const index of this.slots.keys()) {
      this.signal(index, 'SIGCONT');
      await this.kill(index);
      await this.#at(index).link.close();
    }
  }

  #at(which: number): Slot {
    const slot = this.slots[which];
    if (!slot) throw new Error(`There is no server ${which}`);
    return slot;
  }

  #spawn(port: number, link: DatabaseLink, aheadMs = 0): ChildProcess {
    const { PATH } = process.env;
    const child = spawn(process.execPath, [main], {
      env: {
        ...{ PATH, PORT: String(port), DATABASE_URL: link.url, LOG_LEVEL: 'error', DRAIN_SEC: '0' },
        ...(aheadMs !== 0 && {
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(otherTime(aheadMs))}`,
        }),
        ...(!existsSync(this.#keyFile) && { AGENTFLEET_FIRST_KEY_FILE: this.#keyFile }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) if (line.includes('"level":50')) this.errors.push(line);
      });
    return child;
  }

  async #serves(port: number): Promise<void> {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok) return;
      await delay(50);
    }
  }
}

/** Gives a process another time of day. */
const otherTime = (ms: number) => `const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) { if (given.length) super(...given); else super(Real.now() + ${ms}); }
  static now() { return Real.now() + ${ms}; }
};`;
