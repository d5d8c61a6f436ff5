import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SingleInstance {
  isFirst: boolean;
  /** Resolves when the first one has what this one was started with. */
  handedOver: Promise<void>;
}

interface Start {
  argv: string[];
  cwd: string;
}

/** One process a data folder: the first writes its id there, the others hand over how they were started. */
export function lockSingleInstance(
  userData: string,
  onSecond: (argv: string[], cwd: string) => void,
): SingleInstance {
  try {
    mkdirSync(userData, { recursive: true });
  } catch {
    // As Electron does where it can make no lock.
    return { isFirst: false, handedOver: Promise.resolve() };
  }
  const lock = join(userData, 'stand-in.lock');
  const socket = socketPath(userData);
  if (isTaken(lock)) return { isFirst: false, handedOver: handOver(socket) };
  rmSync(socket, { force: true });
  const server = createServer((connection) => {
    let text = '';
    connection.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    connection
      .on('error', () => undefined)
      .on('end', () => {
        const { argv, cwd } = JSON.parse(text) as Start;
        onSecond(argv, cwd);
        connection.end();
      });
  });
  server.listen(socket);
  server.unref();
  return { isFirst: true, handedOver: Promise.resolve() };
}

function socketPath(userData: string): string {
  const name = `agentfleet-${createHash('sha256').update(userData).digest('hex').slice(0, 16)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Writes this process's id unless the lock belongs to one that lives. */
function isTaken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return false;
  } catch {
    if (isAlive(Number(readFileSync(lock, 'utf8')))) return true;
    writeFileSync(lock, String(process.pid));
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function handOver(socket: string): Promise<void> {
  const start: Start = { argv: process.argv, cwd: process.cwd() };
  return new Promise((resolve) => {
    const connection = connect(socket, () => connection.end(JSON.stringify(start)));
    connection.on('error', () => resolve()).on('close', () => resolve());
    connection.resume();
  });
}
