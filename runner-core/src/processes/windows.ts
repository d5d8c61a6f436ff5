import { execFile } from 'node:child_process';
import path from 'node:path';

/** How long taskkill may take to end a tree, ms. */
const patience = 10_000;

/**
 * Ends a process and its descendants at once. Windows keeps no way back to a process whose parent is gone, so
 * this walks while the root lives. Resolves also where the process has already ended, and where taskkill failed or hung:
 * whoever calls it looks.
 */
export function taskkill(pid: number): Promise<void> {
  const { file, cwd } = systemTool('taskkill', process.env);
  const options = { cwd, timeout: patience, killSignal: 'SIGKILL', windowsHide: true } as const;
  return new Promise((resolve) => {
    execFile(file, taskkillArguments(pid), options, () => resolve());
  });
}

export function taskkillArguments(pid: number): string[] {
  return ['/PID', String(pid), '/T', '/F'];
}

/**
 * A program of Windows by its full path, and where to start it: by its name alone one of the current directory would be
 * found before it, which may be anybody's.
 */
export function systemTool(name: string, env: NodeJS.ProcessEnv): { file: string; cwd: string } {
  const root = env.SystemRoot ?? env.windir;
  const cwd = path.win32.join(root && path.win32.isAbsolute(root) ? root : 'C:\\Windows', 'System32');
  return { file: path.win32.join(cwd, `${name}.exe`), cwd };
}
