import { readdir, readFile } from 'node:fs/promises';
import { limitsHaveMark } from './inherited-mark.js';
import { markerVariable } from './marker.js';
import type { ProcessEntry } from './process-entry.js';

/** Reads one `/proc/<pid>/stat`; undefined for a zombie, a dead process or text of another shape. */
export function parseStat(text: string): ProcessEntry | undefined {
  // The name in parentheses may hold spaces and parentheses itself: the last one ends it.
  const pid = Number.parseInt(text, 10);
  const [state, ppid] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!Number.isInteger(pid) || !ppid || state === 'Z' || state === 'X') return undefined;
  return { pid, ppid: Number(ppid) };
}

/** Whether a `/proc/<pid>/environ` (`NAME=value` joined by NUL) carries this marker. */
export function environmentHasMarker(environ: string, marker: string): boolean {
  return `\0${environ}\0`.includes(`\0${markerVariable}=${marker}\0`);
}

/** Every live process of the machine. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  const stats = await readEach('stat');
  return stats.map(({ text }) => parseStat(text)).filter((entry) => entry !== undefined);
}

/**
 * Live processes that carry the marker in their environment, as far as this user may look, or as a limit, which shows
 * everywhere.
 */
export async function listMarked(marker: string): Promise<number[]> {
  const [environments, limits] = await Promise.all([readEach('environ'), readEach('limits')]);
  const byEnvironment = environments.filter(({ text }) => environmentHasMarker(text, marker));
  const byLimit = limits.filter(({ text }) => limitsHaveMark(text, marker));
  // A zombie has lost its environment, but keeps its limits until it is reaped.
  const stats = await readEach(
    'stat',
    [...byEnvironment, ...byLimit].map(({ pid }) => String(pid)),
  );
  const alive = stats.flatMap(({ text }) => parseStat(text)?.pid ?? []);
  return [...new Set(alive)];
}

/** A file of each process; processes that end meanwhile or belong to others are left out. */
async function readEach(
  file: 'stat' | 'environ' | 'limits',
  pids?: readonly string[],
): Promise<{ pid: number; text: string }[]> {
  const names = pids ?? (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = await Promise.all(
    names.map(async (name) => {
      try {
        return { pid: Number(name), text: await readFile(`/proc/${name}/${file}`, 'latin1') };
      } catch {
        return undefined;
      }
    }),
  );
  return read.filter((entry) => entry !== undefined);
}
