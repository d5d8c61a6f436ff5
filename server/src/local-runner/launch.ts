import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { daemonFile } from '../server.js';

/** How large the output of local runners may be before a new file is begun, bytes. */
const mostOutput = 1024 * 1024;
/** How much of the last words of a runner that could not start is told, bytes. */
const lastWords = 8 * 1024;
/** What decides how a runner works; the rest of its environment differs from terminal to terminal. */
const settings =
  /^(AGENTFLEET_.*|ALLOWED_.*|MAX_.*|RUNNER_NAME|(HTTPS?|ALL|NO)_PROXY|ANTHROPIC_.*|CLAUDE_.*)$/i;

/** What two starts have in common when a runner of the one will do for the other: program, settings and key. */
export function launchOf(env: NodeJS.ProcessEnv, key: string): string {
  const set = Object.entries(env).filter(([name]) => settings.test(name));
  const sorted = set.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const program = readFileSync(daemonFile);
  return createHash('sha256')
    .update(JSON.stringify([sorted, key]))
    .update(program)
    .digest('hex');
}

export interface Launched {
  /** Undefined when it could not be started. */
  pid: number | undefined;
  /** Resolves with how it ended, in words, and its exit code. */
  ended: Promise<{ how: string; code: number | null }>;
  /** What it has written until now. */
  said(): string;
}

/**
 * Starts the built daemon as a process of its own: it outlives this one, has no terminal, and writes to a file, so that
 * it depends on nobody who reads. Never throws: what goes wrong is how it ended.
 */
export function launch(env: NodeJS.ProcessEnv, runnerDir: string): Launched {
  try {
    return spawnDaemon(env, runnerDir);
  } catch (error) {
    const { message } = error as Error;
    return { pid: undefined, ended: Promise.resolve({ how: message, code: null }), said: () => '' };
  }
}

function spawnDaemon(env: NodeJS.ProcessEnv, runnerDir: string): Launched {
  mkdirSync(runnerDir, { recursive: true, mode: 0o700 });
  const path = join(runnerDir, 'runner.log');
  const size = () => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size() > mostOutput) renameSync(path, `${path}.old`);
  const from = size();
  const output = openSync(path, 'a', 0o600);
  // On Windows it has no console either: what would open one hides itself.
  const child = spawn(process.execPath, [daemonFile], {
    env,
    detached: true,
    stdio: ['ignore', output, output],
    windowsHide: true,
  });
  closeSync(output);
  child.unref();
  const ended = new Promise<{ how: string; code: number | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ how: signal ?? `exit code ${code}`, code }));
    // It could not be spawned: then there is no exit.
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve({ how: error.code ?? error.name, code: null });
    });
  });
  const said = () => {
    try {
      return readFileSync(path).subarray(from).subarray(-lastWords).toString();
    } catch (error) {
      return (error as Error).message;
    }
  };
  return { pid: child.pid, ended, said };
}
