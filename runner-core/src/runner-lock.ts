import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunnerAddress } from '@agentfleet/contract';
import { diskWords } from './outbox/room.js';

/** The longest path a Unix socket may have everywhere, bytes. */
const longestSocketPath = 100;

/** How often it is looked whether the lock is still there, ms. */
const lookMs = 1_000;

/** What a lock is held with; each may be left out. */
export interface LockOptions {
  /** Gets whoever of the same user comes to the socket; without it they are turned away. */
  visit?: ((socket: Socket) => void) | undefined;
  /** Another process has the directory: its lock was removed, and that one was quicker. */
  lost?: () => void;
}

/**
 * Holds a runner's directory for this process, so that two daemons never share an identity and an outbox. The
 * lock is a listening socket: the system takes it away when the process dies. Where somebody removes its file, as who restores
 * a backup or cleans a temporary directory, it is made again. Its address is in `runner.json`.
 * @returns a function that lets it go
 * Throws when another process has it.
 */
export async function lockRunnerDir(
  runnerDir: string,
  { visit = (socket) => socket.destroy(), lost }: LockOptions = {},
): Promise<() => void> {
  const path = lockPath(realOf(runnerDir));
  const take = async () => {
    const server = await listenAt(path, visit);
    if (!server) return undefined;
    server.unref();
    const address: RunnerAddress = { address: path };
    try {
      writeFileSync(join(runnerDir, 'runner.json'), `${JSON.stringify(address)}\n`, { mode: 0o600 });
    } catch (error) {
      server.close();
      throw new Error(diskWords(error as Error, runnerDir));
    }
    return { server, inode: inodeOf(path) ?? null };
  };
  let held = await take();
  /** It was let go, perhaps while it was being made again. */
  let isReleased = false;
  if (!held) {
    throw new Error(
      `Another runner uses ${runnerDir}. Stop it, or set AGENTFLEET_RUNNER_DIR to another directory for this one.`,
    );
  }
  const look = async () => {
    if (!held || inodeOf(path) === held.inode) return;
    const before = held;
    held = undefined;
    // To close it would remove the file of whoever is there now.
    const isTaken = await answers(path);
    if (!isTaken) {
      before.server.close();
      // Where the directory itself is away, the next look may find it.
      held = await take().catch(() => ({ server: before.server, inode: null }));
    }
    if (isReleased) held?.server.close();
    else if (!held) lost?.();
  };
  // On Windows nobody can remove a pipe.
  const looking = process.platform === 'win32' ? undefined : setInterval(() => void look(), lookMs).unref();
  return () => {
    isReleased = true;
    clearInterval(looking);
    // Whoever is still connected keeps the server from closing, but not the address from being free.
    held?.server.close();
  };
}

/** Throws in words for a person. */
function realOf(runnerDir: string): string {
  try {
    mkdirSync(runnerDir, { recursive: true, mode: 0o700 });
    return realpathSync.native(runnerDir);
  } catch (error) {
    throw new Error(diskWords(error as Error, runnerDir));
  }
}

/** Undefined when a living process has it. Throws in words for a person. */
async function listenAt(path: string, visit: (socket: Socket) => void): Promise<Server | undefined> {
  try {
    return (await listen(path, visit)) ?? (await takeOver(path, visit));
  } catch (error) {
    const words = diskWords(error as Error, dirname(path));
    throw new Error(`The lock of this runner cannot be made, so it does not begin. ${words}`);
  }
}

/** A pipe of Windows has none: to look at it is to come to it, or fails. */
const inodeOf = (path: string) =>
  process.platform === 'win32' ? undefined : statSync(path, { throwIfNoEntry: false })?.ino;

/**
 * In the directory itself, so that processes with another temporary directory meet too; where that would be too
 * long for a socket, in the temporary one.
 */
export function lockPath(runnerDir: string, platform: NodeJS.Platform = process.platform): string {
  const name = createHash('sha256').update(runnerDir).digest('hex').slice(0, 24);
  if (platform === 'win32') return `\\\\.\\pipe\\agentfleet-runner-${name}`;
  const inside = posix.join(runnerDir, 'runner.lock');
  return Buffer.byteLength(inside) <= longestSocketPath
    ? inside
    : posix.join(tmpdir(), `agentfleet-runner-${name}.lock`);
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
  const inode = inodeOf(path);
  // Two that found the same stale file both remove it and listen: the later file stays, and only its owner goes on.
  await delay(100);
  if (server && inode !== undefined && inodeOf(path) === inode) return server;
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
