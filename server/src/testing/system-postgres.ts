import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort, type TestPostgres } from './postgres.js';

const run = promisify(execFile);

/** With what has to be escaped somewhere. */
export const password = 'p:a\\s s@w/o';

/**
 * A PostgreSQL of the version whose `pg_dump` is in PATH, as the one from the registry comes without and may be newer.
 * Undefined where the system has none.
 */
export async function startSystemPostgres(): Promise<TestPostgres | undefined> {
  const programs = await programsOf();
  if (programs === undefined) return undefined;
  const home = mkdtempSync(join(tmpdir(), 'agentfleet-postgres-'));
  const port = await freePort();
  const data = join(home, 'data');
  // As root, PostgreSQL runs as another user.
  const as = process.getuid?.() === 0 ? userOf('postgres') : {};
  if (as.uid !== undefined) chownSync(home, as.uid, as.gid ?? as.uid);
  chmodSync(home, 0o755);
  const options = { ...as, cwd: home };
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password);
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile];
  initdb.push('-E', 'UTF8', '--locale=C', '--no-sync');
  await run(join(programs, 'initdb'), initdb, options);
  const settings = ['-c', `unix_socket_directories=${home}`, '-c', 'fsync=off', '-h', '127.0.0.1'];
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...options,
    stdio: 'ignore',
  });
  const url = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  const stop = async () => {
    server.kill('SIGINT');
    await new Promise((resolve) => (server.exitCode === null ? server.once('exit', resolve) : resolve(0)));
    rmSync(home, { recursive: true, force: true });
  };
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return { url, stop };
}

async function programsOf(): Promise<string | undefined> {
  try {
    const { stdout } = await run('pg_config', ['--bindir']);
    const bindir = stdout.trim();
    return existsSync(join(bindir, 'initdb')) && existsSync(join(bindir, 'pg_dump')) ? bindir : undefined;
  } catch {
    return undefined;
  }
}

function userOf(name: string): { uid?: number; gid?: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
