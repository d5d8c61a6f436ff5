import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Who holds the lock of a data directory can be called through it, for a copy of the database, by whoever can read the
 * directory: a call begins with the secret that lies there, on one line. The answer is a line of JSON, `{}` or `{"error"}`, and
 * then the bytes.
 */
const secretFile = 'server.secret';
/** Bytes of the secret, and most bytes of a line. */
const secretBytes = 32;
const mostLine = 4_096;
/** How long a caller may take to say what it wants, ms. */
const helloMs = 5_000;

/** What is no part of the database, though it lies in its directory. */
export const besideTheDatabase = new Set(['server.lock', secretFile, 'postmaster.pid']);

/** Makes the secret of this process. @returns what answers a call on the lock's socket */
export function answerCalls(directory: string, backup: () => Promise<Readable>): (socket: Socket) => void {
  const secret = randomBytes(secretBytes).toString('hex');
  const file = join(directory, secretFile);
  rmSync(file, { force: true });
  writeFileSync(file, secret, { flag: 'wx', mode: 0o600 });
  return (socket) => {
    // Who only looks whether somebody is here, or goes away in the middle.
    socket.on('error', () => socket.destroy());
    answer(socket, secret, backup).catch(() => socket.destroy());
  };
}

async function answer(socket: Socket, secret: string, backup: () => Promise<Readable>): Promise<void> {
  const asked = Buffer.from(await lineOf(socket));
  const expected = Buffer.from(secret);
  if (asked.length !== expected.length || !timingSafeEqual(asked, expected)) return void socket.destroy();
  let bytes: Readable;
  try {
    bytes = await backup();
  } catch (error) {
    return void socket.end(`${JSON.stringify({ error: (error as Error).message })}\n`);
  }
  socket.write('{}\n');
  await pipeline(bytes, socket);
}

/**
 * Calls the server that holds the directory.
 * @param path of the lock's socket
 * @returns the bytes; undefined where nobody holds it. Throws with a sentence when whoever does makes no backup.
 */
export async function callForBackup(
  directory: string,
  path: string,
): Promise<AsyncIterable<Buffer> | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch {
    return undefined;
  }
  const refused = 'The server that runs makes no backups, as it is an older one. Stop it first';
  let line: string;
  try {
    socket.write(`${readFileSync(join(directory, secretFile), 'utf8')}\n`);
    line = await lineOf(socket, Number.POSITIVE_INFINITY);
  } catch {
    socket.destroy();
    throw new Error(refused);
  }
  const { error } = JSON.parse(line) as { error?: string };
  if (error !== undefined) throw new Error(`The server that runs could not make a backup: ${error}`);
  return socket;
}

/** The first line; what follows it stays in the stream. Rejects when there is none in time. */
async function lineOf(socket: Socket, ms = helloMs): Promise<string> {
  const timer = Number.isFinite(ms) ? setTimeout(() => socket.destroy(), ms) : undefined;
  let said = '';
  try {
    while (!said.includes('\n')) {
      const byte: Buffer | null = socket.read(1);
      if (byte) said += byte.toString('latin1');
      else if (socket.readableEnded || socket.destroyed) throw new Error('Nothing was said');
      else await Promise.race([once(socket, 'readable'), once(socket, 'close'), once(socket, 'end')]);
      if (said.length > mostLine) throw new Error('Too much was said');
    }
    return said.slice(0, -1);
  } finally {
    clearTimeout(timer);
  }
}
