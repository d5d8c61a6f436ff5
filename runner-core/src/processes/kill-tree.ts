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
 * @param marker of the session: the value of AF_RUN_MARKER in their environment, and on Linux what its limit stands for
 * @throws Error naming the pids that outlived it, at once where they are another user's
 */
export async function killTree(pid: number | null, marker: string): Promise<void> {
  const deadline = performance.now() + patience;
  const known = new Set<number>();
  for (;;) {
    const left =
      process.platform === 'win32' ? await endOnWindows(pid) : await endOnPosix(pid, marker, known);
    if (left.length === 0) return;
    const refused = left.filter(({ isForbidden }) => isForbidden);
    if (refused.length === left.length || performance.now() > deadline) throw outlived(left);
    await sleep(10);
  }
}

interface Left {
  pid: number;
  /** It runs as another user: no look and no patience changes that. */
  isForbidden: boolean;
}

function outlived(left: Left[]): Error {
  const pids = left.map(({ pid, isForbidden }) => (isForbidden ? `${pid} (another user's)` : pid));
  return new Error(`Processes could not be ended: ${pids.join(', ')}`);
}

/** Kills what one look finds and answers with it. `known` remembers roots whose parents are already dead. */
async function endOnPosix(pid: number | null, marker: string, known: Set<number>): Promise<Left[]> {
  // In this order: what is marked is in the list, or has ended meanwhile.
  const marked = await posix.listMarked(marker);
  const entries = await posix.listProcesses();
  const alive = new Set(entries.map((entry) => entry.pid));
  for (const gone of known) if (!alive.has(gone)) known.delete(gone);
  const roots = [...(pid === null ? [] : [pid]), ...marked, ...known];
  const found = new Set(roots.flatMap((root) => treeOf(root, entries)));
  found.delete(process.pid);
  return [...found].map((each) => {
    known.add(each);
    return { pid: each, isForbidden: signal(each, 'SIGKILL') === 'forbidden' };
  });
}

async function endOnWindows(pid: number | null): Promise<Left[]> {
  if (pid === null || signal(pid, 0) !== 'sent') return [];
  await taskkill(pid);
  // Where taskkill did nothing, the root at least ends: TerminateProcess asks nobody.
  return signal(pid, 'SIGKILL') === 'gone' ? [] : [{ pid, isForbidden: false }];
}

/** What became of a signal (0 only asks). */
function signal(pid: number, name: NodeJS.Signals | 0): 'sent' | 'gone' | 'forbidden' {
  try {
    process.kill(pid, name);
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'forbidden' : 'gone';
  }
}
