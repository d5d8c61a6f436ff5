import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Holds a runner's directory for this process, so that two daemons never share an identity and an outbox. The
 * lock is a listening socket: the system takes it away when the process dies. Throws when another daemon has it.
 */
export async function lockRunnerDir(runnerDir: string): Promise<void> {
  mkdirSync(runnerDir, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(realpathSync(runnerDir)).digest('hex').slice(0, 24);
  const path =
    process.platform === 'win32'
      ? `\\\\.\\pipe\\agentfleet-runner-${name}`
      : join(tmpdir(), `agentfleet-runner-${name}.lock`);
  let server = await listen(path);
  if (!server && process.platform !== 'win32' && !(await answers(path))) {
    rmSync(path, { force: true });
    server = await listen(path);
  }
  if (!server) {
    throw new Error(
      `Another runner uses ${runnerDir}. Stop it, or set AGENTFLEET_RUNNER_DIR to another directory for this one.`,
    );
  }
  server.unref();
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
