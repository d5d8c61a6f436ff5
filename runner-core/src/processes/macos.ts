import { outputOf } from './apart.js';
import { markerVariable } from './marker.js';
import type { ProcessEntry } from './process-entry.js';

/** ms; a list of processes takes some 50. */
const timeout = 10_000;

/** Reads `ps -axo pid=,ppid=,state=`; zombies are left out. */
export function parsePs(text: string): ProcessEntry[] {
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+([A-Za-z?]\S*)\s*$/gm)]
    .filter(([, , , state]) => !state?.startsWith('Z'))
    .map(([, pid, ppid]) => ({ pid: Number(pid), ppid: Number(ppid) }));
}

/** Reads `ps -axEww -o pid=,command=`, whose lines end with the environment, parted by spaces. */
export function parseMarked(text: string, marker: string): number[] {
  return text
    .split('\n')
    .filter((line) => `${line} `.includes(` ${markerVariable}=${marker} `))
    .map((line) => Number.parseInt(line, 10))
    .filter(Number.isInteger);
}

/** Every live process of the machine. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  return parsePs(await outputOf('ps', ['-axo', 'pid=,ppid=,state='], { timeout }));
}

/** Live processes that carry the marker; macOS hides the environment of its own protected programs. */
export async function listMarked(marker: string): Promise<number[]> {
  return parseMarked(await outputOf('ps', ['-axEww', '-o', 'pid=,command='], { timeout }), marker);
}
