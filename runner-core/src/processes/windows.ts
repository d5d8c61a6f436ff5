import { execFile } from 'node:child_process';

/**
 * Ends a process and its descendants at once. Windows keeps no way back to a process whose parent is gone, so
 * this walks while the root lives. Resolves also where the process has already ended.
 */
export function taskkill(pid: number): Promise<void> {
  return new Promise((resolve) => {
    execFile('taskkill', taskkillArguments(pid), { windowsHide: true }, () => resolve());
  });
}

export function taskkillArguments(pid: number): string[] {
  return ['/PID', String(pid), '/T', '/F'];
}
