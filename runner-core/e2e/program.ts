import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** A built program of ours as a process of its own, and what it said. */
export class Program {
  /** Both its outputs, as they came. */
  said = '';
  readonly child: ChildProcess;

  /**
   * @param file from the root of the repository
   * @param home its home and working directory
   * @param environment all it has besides what every program needs
   */
  constructor(file: string, args: string[], home: string, environment: NodeJS.ProcessEnv) {
    const { PATH, SystemRoot, TEMP, TMP } = process.env;
    this.child = spawn(process.execPath, [join(repository, file), ...args], {
      cwd: home,
      env: { PATH, SystemRoot, TEMP, TMP, HOME: home, USERPROFILE: home, DRAIN_SEC: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The program could not be started');
    return this.child.pid;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits for its end. @returns its exit code; null when a signal ended it */
  async ended(): Promise<number | null> {
    if (!this.hasEnded) await once(this.child, 'close');
    return this.child.exitCode;
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (!this.hasEnded) this.child.kill(signal);
    return this.ended();
  }
}

/** Waits for a condition; the test's own timeout ends the wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Process ids of the children of a process; none where `ps` is not. */
export function childrenOf(pid: number): number[] {
  if (process.platform === 'win32') return [];
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  return pairs.filter(([, parent]) => parent === pid).map(([child]) => child);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}
