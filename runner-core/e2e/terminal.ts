import { spawn } from '@lydell/node-pty';

/** A program in a terminal of its own, as a person has it: what is typed goes through the terminal to everything in it. */
export class Terminal {
  /** What stands on the screen, and stood there. */
  said = '';
  /** Its exit code; undefined while it lives. */
  code: number | undefined;
  /** The number of the signal that ended it; 0 where none did. */
  signal: number | undefined;
  readonly #pty: ReturnType<typeof spawn>;

  constructor(file: string, args: string[], cwd: string, environment: NodeJS.ProcessEnv) {
    const { PATH } = process.env;
    const env = { PATH, HOME: cwd, ...environment };
    this.#pty = spawn(file, args, { cwd, env, cols: 250, rows: 50 });
    this.#pty.onData((text) => {
      this.said += text;
    });
    this.#pty.onExit(({ exitCode, signal }) => {
      this.code = exitCode;
      this.signal = signal;
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  get hasEnded(): boolean {
    return this.code !== undefined;
  }

  controlC(): void {
    this.#pty.write('\x03');
  }

  /** Closes its window. */
  close(): void {
    // Types know it not: on Unix it closes the terminal, whose end the kernel tells everything in it.
    (this.#pty as unknown as { destroy(): void }).destroy();
  }

  /** For the end of a test. */
  kill(): void {
    if (!this.hasEnded) this.#pty.kill('SIGKILL');
  }
}
