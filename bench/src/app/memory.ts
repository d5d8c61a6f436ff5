import { readdir, readFile } from 'node:fs/promises';

export interface Memory {
  processes: number;
  /** Each page counted once, shared ones by their share, MB: what the app takes from the machine. */
  pss: number;
  /** Shared pages counted once for every process, MB. */
  rss: number;
}

/** Of a process and everything it has started; undefined where the system does not tell (only Linux does). */
export async function memoryOf(pid: number): Promise<Memory | undefined> {
  if (process.platform !== 'linux') return undefined;
  const all = await family(pid);
  const memory: Memory = { processes: all.length, pss: 0, rss: 0 };
  for (const each of all) {
    const rollup = await readFile(`/proc/${each}/smaps_rollup`, 'utf8').catch(() => '');
    memory.pss += megabytes(rollup, 'Pss');
    memory.rss += megabytes(rollup, 'Rss');
  }
  return memory;
}

async function family(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : '';
    // The name in brackets may hold anything.
    const parent = / \S (\d+)/.exec(stat.slice(stat.lastIndexOf(')') + 1))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(isBelow);
}

function megabytes(rollup: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1_000;
}
