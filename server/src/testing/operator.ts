import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** The operators' command line at work. */
export interface Operator {
  child: ChildProcess;
  /** What it has printed by now: on both its streams, on stdout, on stderr. */
  said: string;
  out: string;
  wrong: string;
  /** Its exit code, once all of that is there; null when it was killed. */
  code: Promise<number | null>;
}

/** Starts the operators' command line as it is built. @param env besides what a program needs to start */
export function operator(args: string[], env: NodeJS.ProcessEnv): Operator {
  const { PATH, SystemRoot } = process.env;
  const child = spawn(process.execPath, [cli, ...args], { env: { PATH, SystemRoot, ...env } });
  const code = once(child, 'close').then(([code]) => code as number | null);
  const program: Operator = { child, said: '', out: '', wrong: '', code };
  for (const [stream, name] of [
    [child.stdout, 'out'],
    [child.stderr, 'wrong'],
  ] as const) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      program.said += text;
      program[name] += text;
    });
  }
  return program;
}
