import { readdir, readFile } from 'node:fs/promises';

/** Linux counts so, whatever its kernel was built with. */
const msPerTick = 10;

/** Processor time, ms. `server` is whatever runs below this process and is not PostgreSQL. */
export interface ProcessorTimes {
  client: number;
  server: number;
  postgres: number;
}

/**
 * What this process, the server and PostgreSQL below this process have used of the processor until now; undefined
 * where the system does not tell.
 */
export async function processorTimes(): Promise<ProcessorTimes | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return undefined;
  const all = new Map<number, { parent: number; name: string; ms: number }>();
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const parts = /^(\d+) \((.*)\) (.*)$/s.exec(stat);
    if (!parts) continue;
    const [, id, name = '', rest = ''] = parts;
    const fields = rest.split(' ');
    // utime, stime
    all.set(Number(id), {
      parent: Number(fields[1]),
      name,
      ms: (Number(fields[11]) + Number(fields[12])) * msPerTick,
    });
  }
  const { user, system } = process.cpuUsage();
  const times: ProcessorTimes = { client: (user + system) / 1_000, server: 0, postgres: 0 };
  for (const [pid, { name, ms }] of all) {
    if (pid === process.pid || !isBelow(all, pid)) continue;
    if (name === 'postgres') times.postgres += ms;
    else times.server += ms;
  }
  return times;
}

function isBelow(all: Map<number, { parent: number }>, pid: number): boolean {
  for (let at = all.get(pid); at; at = all.get(at.parent)) if (at.parent === process.pid) return true;
  return false;
}

/** What one process has used of the processor until now, ms; undefined where the system does not tell. */
export async function processorMsOf(pid: number | undefined): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' ? undefined : (Number(fields[11]) + Number(fields[12])) * msPerTick;
}
