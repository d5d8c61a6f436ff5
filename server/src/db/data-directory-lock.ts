import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The longest path a Unix socket may have everywhere, in bytes. */
const longestSocketPath = 100;

/**
 * Holds a directory for this process: two servers on one embedded database would corrupt it without a word. The
 * lock is a listening socket, which the system takes away when the process dies, however it dies.
 * @param answer what is done with whoever comes to the socket; by default it is closed
 * @returns a function that lets it go
 * Throws when another process holds it.
 */
export async function lockDataDirectory(
  directory: string,
  answer: (socket: Socket) => void = (socket) => socket.destroy(),
): Promise<() => Promise<void>> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = lockPath(directory);
  const server = (await listen(path, answer)) ?? (await replaceStale(path, answer));
  if (!server) {
    throw new Error(
      `Another AgentFleet server uses the data directory ${directory}. Stop it, or set AGENTFLEET_DATA_DIR to another directory.`,
    );
  }
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** Where the socket of a directory is that exists. */
export function lockPath(directory: string): string {
  return socketPath(realpathSync.native(directory));
}

function socketPath(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\agentfleet-${name}`;
  const inside = join(directory, 'server.lock');
  return Buffer.byteLength(inside) <= longestSocketPath ? inside : join(tmpdir(), `agentfleet-${name}.lock`);
}

/** Undefined when the address is taken, by a living process or by a socket file that a dead one left. */
function listen(path: string, answer: (socket: Socket) => void): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(answer);
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}

async function replaceStale(path: string, answer: (socket: Socket) => void): Promise<Server | undefined> {
  if (process.platform === 'win32' || (await answers(path))) return undefined;
  rmSync(path, { force: true });
  const server = await listen(path, answer);
  if (!server) return undefined;
  // Another process may have found the same stale file and removed ours: whoever's file stays has the lock.
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  await delay(100);
  if (inode !== undefined && statSync(path, { throwIfNoEntry: false })?.ino === inode) return server;
  server.close();
  return undefined;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
