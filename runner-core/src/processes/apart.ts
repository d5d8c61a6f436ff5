import { type SpawnOptions, spawn } from 'node:child_process';

/**
 * For children that a terminal of ours must not reach: Ctrl+C and its closing go to every process of its group, and
 * what ends there is decided by us alone. Elsewhere than on Windows they get a session of their own. On Windows
 * `windowsHide` gives a child whose streams are pipes a console of its own, which nobody sees; `detached` would take
 * that away again, and each program that the child starts would open a window.
 */
export const apart = {
  detached: process.platform !== 'win32',
  windowsHide: true,
} satisfies SpawnOptions;

/**
 * What a program writes to its stdout, once it has ended well.
 * @param options.timeout after which it is killed, ms
 * @throws Error when it cannot be started, fails or takes too long
 */
export function outputOf(
  file: string,
  args: readonly string[],
  { env, timeout }: { env?: NodeJS.ProcessEnv; timeout: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...apart, ...(env && { env }), timeout, killSignal: 'SIGKILL' });
    let said = '';
    let complained = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complained = (complained + text).slice(-1_000);
    });
    child.stdin.on('error', () => undefined).end();
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(said);
      else reject(new Error(`${file} ended with ${signal ?? `code ${code}`}. ${complained}`.trim()));
    });
  });
}
