import { setTimeout as sleep } from 'node:timers/promises';
import { posix } from './posix.js';
import { treeOf } from './process-entry.js';
import { taskkill } from './windows.js';

/** How long processes may outlive SIGKILL (the kernel may hold one in a system call), in ms. */
const patience = 10_000;

/**
 * Ends a process, its descendants and every process that carries the marker, by force, and resolves when none is
 * left. Descendants are walked before anything is killed, because a killed parent no longer leads to them; then
 * it looks again, until a look finds nothing.
 * @param pid the root; null when it has already ended, so that a reused pid is never hit
 * @param marker the value of AF_RUN_MARKER in their environment
 * @throws Error naming the pids that outlived it
 */
export async function killTree(pid: number | null, marker: string): Promise<void> {
  const deadline = performance.now() + patience;
  const known = new Set<number>();
  for (;;) {
    const left =
      process.platform === 'win32' ? await endOnWindows(pid) : await endOnPosix(pid, marker, known);
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new Error(`Processes could not be ended: ${left.join(', ')}`);
    await sleep(10);
  }
}

/** Kills what one look finds and answers with it. `known` remembers roots whose parents are already dead. */
async function endOnPosix(pid: number | null, marker: string, known: Set<number>): Promise<number[]> {
  const [entries, marked] = await Promise.all([posix.listProcesses(), posix.listMarked(marker)]);
  const alive = new Set(entries.map((entry) => entry.pid));
  for (const gone of known) if (!alive.has(gone)) known.delete(gone);
  const roots = [...(pid === null ? [] : [pid]), ...marked, ...known];
  const found = new Set(roots.flatMap((root) => treeOf(root, entries)));
  found.delete(process.pid);
  for (const each of found) {
    known.add(each);
    signal(each, 'SIGKILL');
  }
  return [...found];
}

async function endOnWindows(pid: number | null): Promise<number[]> {
  if (pid === null || !signal(pid, 0)) return [];
  await taskkill(pid);
  return signal(pid, 0) ? [pid] : [];
}

/** Whether the process was there to take the signal (0 only asks). */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
