import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres } from '@agentfleet/server';
import { end, until } from '../../runner-core/e2e/fleet.js';
import { Api } from './api.js';

/** The built server as a process of its own, on a real PostgreSQL. */
export interface ServerProcess {
  /** Of the database. */
  databaseUrl: string;
  api: Api;
  /** MB; undefined where the system does not tell. */
  resident(): Promise<number | undefined>;
  stop(): Promise<void>;
}

export async function startServerProcess(): Promise<ServerProcess> {
  const postgres = await startTestPostgres();
  const { PATH, SystemRoot, TEMP, TMP, HOME, USERPROFILE } = process.env;
  // For profiling: SERVER_NODE_OPTIONS=--cpu-prof npm run bench -- --only load
  const options = process.env.SERVER_NODE_OPTIONS?.split(' ') ?? [];
  const main = join(import.meta.dirname, '../../server/dist/main.js');
  const folder = await mkdtemp(join(tmpdir(), 'agentfleet-bench-'));
  const keyFile = join(folder, 'first-key');
  const child = spawn(process.execPath, [...options, main], {
    env: {
      PATH,
      SystemRoot,
      TEMP,
      TMP,
      HOME,
      USERPROFILE,
      PORT: '0',
      DATABASE_URL: postgres.url,
      LOG_LEVEL: 'warn',
      AGENTFLEET_FIRST_KEY_FILE: keyFile,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // A bench that fails must leave nobody behind.
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const found = (pattern: RegExp) => pattern.exec(said)?.[1] ?? '';
  await until(() => {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} before it served`);
    return found(/serving at (\S+)/) !== '';
  });
  const key = (await readFile(keyFile, 'utf8')).trim();
  await rm(folder, { recursive: true });
  return {
    databaseUrl: postgres.url,
    api: new Api(found(/serving at (\S+)/), key),
    async resident() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      const resident = /VmRSS:\s+(\d+)/.exec(status)?.[1];
      return resident === undefined ? undefined : Number(resident) / 1_000;
    },
    async stop() {
      await end(child, 'SIGTERM');
      await postgres.stop();
    },
  };
}
