import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { apart } from './apart.js';
import { closingInherited } from './descriptors.js';
import { takingMark } from './inherited-mark.js';
import { killTree } from './kill-tree.js';

/** Of the sessions that this process has started and that live: their markers by pid. */
const living = new Map<number, string>();

/**
 * Starts the process of a session so that nothing but us ends it, and everything that comes of it is found again.
 * Throws, or emits `error`, as `spawn` does.
 * @param env has the marker too
 */
export function spawnSession(
  file: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
  marker: string,
): ChildProcessWithoutNullStreams {
  const closing = closingInherited(file, args);
  const command = process.platform === 'linux' ? takingMark(marker, closing.file, closing.args) : closing;
  const child = spawn(command.file, command.args, { ...options, ...apart, stdio: 'pipe' });
  const { pid } = child;
  if (pid !== undefined) {
    living.set(pid, marker);
    child.once('exit', () => living.delete(pid));
  }
  return child;
}

/** Ends every session of this process by force, with all that it started. Never rejects. */
export async function killSessions(): Promise<void> {
  await Promise.allSettled([...living].map(([pid, marker]) => killTree(pid, marker)));
}
