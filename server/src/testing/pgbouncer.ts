import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './postgres.js';

/** Whether this machine has PgBouncer: what stands behind one is tested where it does. */
export const hasPgBouncer = spawnSync('pgbouncer', ['--version']).error === undefined;

export interface PgBouncer {
  /** The address of the database through it. */
  url: string;
  stop(): Promise<void>;
}

/** A PgBouncer before the database at the address, with as many connections to it. */
export async function startPgBouncer(
  databaseUrl: string,
  mode: 'transaction' | 'session',
  connections = 8,
): Promise<PgBouncer> {
  const to = new URL(databaseUrl);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'agentfleet-pgbouncer-'));
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
     * = host=${to.hostname} port=${to.port} user=${to.username} password=${decodeURIComponent(to.password)}
     [pgbouncer]
     listen_addr = 127.0.0.1
     listen_port = ${port}
     unix_socket_dir =
     auth_type = any
     pool_mode = ${mode}
     default_pool_size = ${connections}
     max_client_conn = 500`,
  );
  // It refuses to be root.
  const isRoot = process.getuid?.() === 0;
  const [uid, gid] = isRoot
    ? ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' })))
    : [];
  if (uid !== undefined && gid !== undefined) for (const path of [folder, file]) chownSync(path, uid, gid);
  chmodSync(folder, 0o700);
  const bouncer = spawn('pgbouncer', [file], {
    stdio: 'ignore',
    ...(uid !== undefined && gid !== undefined && { uid, gid }),
  });
  const url = new URL(databaseUrl);
  url.port = String(port);
  for (;;) {
    const client = new pg.Client({ connectionString: url.href });
    try {
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      break;
    } catch (error) {
      if (bouncer.exitCode !== null) throw new Error('PgBouncer does not start', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    url: url.href,
    async stop() {
      if (bouncer.exitCode === null) {
        bouncer.kill('SIGTERM');
        await once(bouncer, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
