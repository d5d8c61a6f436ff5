import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunnerAddress } from '@agentfleet/contract';

/** The longest path a Unix socket may have everywhere, bytes. */
const longestSocketPath = 100;

/**
 * Holds a runner's directory for this process, so that two daemons never share an identity and an outbox. The
 * lock is a listening socket: the system takes it away when the process dies.
 * @param visit gets whoever of the same user comes to the socket, whose address is then in `runner.json`; without it they
 *   are turned away
 * @returns a function that lets it go
 * Throws when another process has it.
 */
export async function lockRunnerDir(
  runnerDir: string,
  visit: (socket: Socket) => void = (socket) => socket.destroy(),
): Promise<() => void> {
  mkdirSync(runnerDir, { recursive: true, mode: 0o700 });
  const path = lockPath(realpathSync.native(runnerDir));
  const server = (await listen(path, visit)) ?? (await takeOver(path, visit));
  if (!server) {
    throw new Error(
      `Another runner uses ${runnerDir}. Stop it, or set AGENTFLEET_RUNNER_DIR to another directory for this one.`,
    );
  }
  server.unref();
  const address: RunnerAddress = { address: path };
  writeFileSync(join(runnerDir, 'runner.json'), `${JSON.stringify(address)}\n`, { mode: 0o600 });
  // Whoever is still connected keeps the server from closing, but not the address from being free.
  return () => void server.close();
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
function listen(path: string, visit: (socket: Socket) => void): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(visit);
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => {
      // Its directory is ours alone, but the temporary one is everybody's.
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      resolve(server);
    });
  });
}

async function takeOver(path: string, visit: (socket: Socket) => void): Promise<Server | undefined> {
  if (process.platform === 'win32' || (await answers(path))) return undefined;
  rmSync(path, { force: true });
  const server = await listen(path, visit);
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
