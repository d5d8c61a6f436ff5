import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { renewApiKey } from './auth/api-keys.js';
import type { Database } from './db/database.js';
import { localRunnerEnvironment } from './local-runner-environment.js';
import { daemonFile, repositoryFile } from './server.js';

/** Wait before a daemon that ended by itself is started again, ms; doubled each time up to the most. */
const firstRestartMs = 1_000;
const mostRestartMs = 60_000;

export interface LocalRunner {
  /** The allow-listed directories, as given or the default. */
  directories: string;
  /** Passes a signal on: the first drains, the second cancels. Resolves when the daemon has ended. */
  end(): Promise<void>;
}

/**
 * The built daemon as a child process, with a key of its own that is made anew at each start and is never on disk.
 * It ends with this process, however that ends, because its input does.
 */
export async function startLocalRunner(
  database: Database,
  url: string,
  dataDir: string,
): Promise<LocalRunner> {
  const org = await database.prisma.org.findFirstOrThrow({ orderBy: { createdAt: 'asc' } });
  // Servers that share a database each have a runner: a key of one name would be taken from one by the other.
  const name = `local runner on ${hostname()}, ${dataDir}`;
  const { key } = await renewApiKey(database, org.id, { name, scopes: ['runner'] });
  const directories = process.env.ALLOWED_DIRS?.trim() || join(dataDir, 'workspace');
  if (!process.env.ALLOWED_DIRS?.trim()) mkdirSync(directories, { recursive: true });
  const env = {
    ...localRunnerEnvironment(process.env, repositoryFile('')),
    AGENTFLEET_URL: url,
    AGENTFLEET_API_KEY: key,
    ALLOWED_DIRS: directories,
    RUNNER_NAME: process.env.RUNNER_NAME?.trim() || hostname(),
    AGENTFLEET_RUNNER_DIR: process.env.AGENTFLEET_RUNNER_DIR?.trim() || join(dataDir, 'local-runner'),
    AGENTFLEET_EXIT_WITH_STDIN: '1',
  };
  let ending = false;
  let restartMs = firstRestartMs;
  let restart: NodeJS.Timeout | undefined;
  let child: ChildProcess;
  let ended: Promise<void>;
  const launch = () => {
    child = spawn(process.execPath, [daemonFile], { env, stdio: ['pipe', 'inherit', 'inherit'] });
    const began = performance.now();
    ended = new Promise((resolve) => {
      const onEnd = (code: number | null, signal: string | null) => {
        resolve();
        if (ending) return;
        // 2 is a setting that only its user can mend: trying again would say the same again.
        if (code === 2) return console.error('The local runner has not started. Mend that and start again.');
        if (performance.now() - began > mostRestartMs) restartMs = firstRestartMs;
        console.error(
          `The local runner ended by itself (${signal ?? `exit code ${code}`}). Starting it again in ${restartMs / 1_000} s.`,
        );
        restart = setTimeout(launch, restartMs);
        restartMs = Math.min(restartMs * 2, mostRestartMs);
      };
      child.once('exit', onEnd);
      // It could not be spawned: then there is no exit.
      child.once(
        'error',
        (error: NodeJS.ErrnoException) => child.pid ?? onEnd(null, error.code ?? error.name),
      );
    });
  };
  launch();
  return {
    directories,
    end() {
      ending = true;
      clearTimeout(restart);
      passSignal(child);
      return ended;
    },
  };
}

/** On Windows kill() would end it at once; there the console has sent its Ctrl+C to the daemon already. */
function passSignal(child: ChildProcess): void {
  if (process.platform !== 'win32') child.kill('SIGTERM');
}
