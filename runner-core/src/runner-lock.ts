import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The longest path a Unix socket may have everywhere, bytes. */
const longestSocketPath = 100;

/**
 * Holds a runner's directory for this process, so that two daemons never share an identity and an outbox. The
 * lock is a listening socket: the system takes it away when the process dies.
 * @returns a function that lets it go
 * Throws when another process has it.
 */
export async function lockRunnerDir(runnerDir: string): Promise<() => Promise<void>> {
  mkdirSync(runnerDir, { recursive: true, mode: 0o700 });
  const path = lockPath(realpathSync(runnerDir));
  const server = (await listen(path)) ?? (await takeOver(path));
  if (!server) {
    throw new Error(
      `Another runner uses ${runnerDir}. Stop it, or set AGENTFLEET_RUNNER_DIR to another directory for this one.`,
    );
  }
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/**
 * In the directory itself, so that processes with another temporary directory meet too; where that would be too
 * long for a socket, in the temporary one.
 */
export function lockPath(runnerDir: string, platform: NodeJS.Platform = process.platform): string {
  const name = createHash('sha256').update(runnerDir).digest('hex').slice(0, 24);
  if (platform === 'win32') return `\\\\.\\pipe\\agentfleet-runner-${name}`;
  const inside = join(runnerDir, 'runner.lock');
  return Buffer.byteLength(inside) <= longestSocketPath
    ? inside
    : join(tmpdir(), `agentfleet-runner-${name}.lock`);
}

/** Undefined when the address is taken, by a living process or by a socket file that a dead one left. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}

async function takeOver(path: string): Promise<Server | undefined> {
  if (process.platform === 'win32' || (await answers(path))) return undefined;
  rmSync(path, { force: true });
  const server = await listen(path);
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  // Two that found the same stale file both remove it and listen: the later file stays, and only its owner goes on.
  await delay(100);
  if (server && inode !== undefined && statSync(path, { throwIfNoEntry: false })?.ino === inode)
    return server;
  server?.close();
  return undefined;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
