import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres } from '@agentfleet/server';
import { end, until } from '../../runner-core/e2e/fleet.js';
import { Api } from './api.js';
import { processorMsOf } from './processor-times.js';

/** The built server as a process of its own. */
export interface ServerProcess {
  api: Api;
  /** MB; undefined where the system does not tell. */
  resident(): Promise<number | undefined>;
  /** Processor time that it has used, ms; undefined where the system does not tell. */
  processorMs(): Promise<number | undefined>;
  stop(): Promise<void>;
}

/**
 * On a real PostgreSQL.
 * @param filled a database that has an org, and a key of it; without it an empty one is made
 */
export async function startServerProcess(filled?: {
  databaseUrl: string;
  key: string;
}): Promise<ServerProcess & { databaseUrl: string }> {
  const postgres = filled
    ? { url: filled.databaseUrl, stop: async () => undefined }
    : await startTestPostgres();
  const server = await startOn({ DATABASE_URL: postgres.url }, [], filled?.key);
  return {
    ...server,
    databaseUrl: postgres.url,
    async stop() {
      await server.stop();
      await postgres.stop();
    },
  };
}

/** On the embedded database, as `npm start` runs it. */
export async function startEmbedded(dataDir: string): Promise<ServerProcess> {
  return startOn({ AGENTFLEET_DATA_DIR: dataDir }, ['--max-semi-space-size=2']);
}

async function startOn(
  settings: Record<string, string>,
  flags: string[] = [],
  keyOfFilled?: string,
): Promise<ServerProcess> {
  const { PATH, SystemRoot, TEMP, TMP, HOME, USERPROFILE } = process.env;
  // For profiling: SERVER_NODE_OPTIONS=--cpu-prof npm run bench -- --only load
  const options = process.env.SERVER_NODE_OPTIONS?.split(' ') ?? [];
  const main = join(import.meta.dirname, '../../server/dist/main.js');
  const folder = await mkdtemp(join(tmpdir(), 'agentfleet-bench-'));
  const keyFile = join(folder, 'first-key');
  const child = spawn(process.execPath, [...flags, ...options, main], {
    env: {
      PATH,
      SystemRoot,
      TEMP,
      TMP,
      HOME,
      USERPROFILE,
      PORT: '0',
      ...settings,
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
  const key = keyOfFilled ?? (await readFile(keyFile, 'utf8')).trim();
  await rm(folder, { recursive: true });
  return {
    api: new Api(found(/serving at (\S+)/), key),
    resident: () => residentOf(child.pid),
    processorMs: () => processorMsOf(child.pid),
    async stop() {
      await end(child, 'SIGTERM');
    },
  };
}

/** What a process holds, MB; undefined where the system does not tell. */
export async function residentOf(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1_000;
}
