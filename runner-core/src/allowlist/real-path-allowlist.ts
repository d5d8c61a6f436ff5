import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type FailureCode, parseDirectory } from '@agentfleet/contract';
import type { Allowlist, AllowlistVerdict } from './allowlist.js';
import { isInside } from './inside.js';

/**
 * An allowlist of this machine's directories. Nothing is cached: a symlink that moved since the last question
 * changes the answer, and an allowed directory that vanished allows nothing until it is back.
 */
export function createAllowlist(directories: string[]): Allowlist {
  return {
    directories: [...directories],
    places: () => places(directories),
    check: (cwd) => check(directories, cwd),
  };
}

/** As many as a runner may name to its server. */
const mostPlaces = 200;

async function places(directories: readonly string[]): Promise<string[]> {
  const real = (await Promise.all(directories.map(resolve))).filter((place) => place !== undefined);
  const byKey = new Map<string | undefined, string>();
  for (const place of [...directories, ...real]) {
    const key = parseDirectory(place)?.key;
    if (!byKey.has(key)) byKey.set(key, place);
  }
  return [...byKey.values()].slice(0, mostPlaces);
}

async function check(directories: readonly string[], cwd: string): Promise<AllowlistVerdict> {
  const style = parseDirectory(cwd)?.style;
  if (style !== (path.sep === '\\' ? 'windows' : 'posix')) {
    const reason = style ? `is a ${style === 'windows' ? 'Windows' : 'POSIX'} path` : 'is not absolute';
    return refuse(
      'directory_not_allowed',
      `${quote(cwd)} ${reason}, so it is none of the directories this runner allows: ${list(directories)}.`,
    );
  }
  const allowed = (await Promise.all(directories.map(resolve))).filter((real) => real !== undefined);
  const realPath = await resolve(cwd);
  if (realPath === undefined) {
    // Whether something exists outside the allowlist is nobody's business: only inside is it "not found".
    return [...directories, ...allowed].some((directory) => isInside(path, directory, cwd))
      ? refuse('directory_not_found', `${quote(cwd)} is no directory that exists on this runner.`)
      : outside(directories, cwd);
  }
  if (!allowed.some((directory) => isInside(path, directory, realPath))) {
    return outside(directories, cwd, realPath);
  }
  return { ok: true, realPath };
}

/** The real path of an existing directory; undefined for anything else, whatever the reason. */
async function resolve(directory: string): Promise<string | undefined> {
  try {
    // The promise form is the operating system's own resolution (realpath.native), so a name on a
    // case-insensitive file system comes back as it is spelled on disk.
    const real = await realpath(directory);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

function outside(directories: readonly string[], cwd: string, realPath = cwd): AllowlistVerdict {
  const leads = realPath === path.resolve(cwd) || realPath === cwd ? '' : ` (really ${quote(realPath)})`;
  return refuse(
    'directory_not_allowed',
    `${quote(cwd)}${leads} is outside the directories this runner allows: ${list(directories)}.`,
  );
}

function refuse(code: FailureCode, sentence: string): AllowlistVerdict {
  const message = sentence.length > 4_000 ? `${sentence.slice(0, 3_999)}…` : sentence;
  return { ok: false, failure: { code, message: message.replaceAll('\0', '�').toWellFormed() } };
}

function list(directories: readonly string[]): string {
  return directories.length === 0 ? 'none' : directories.map(quote).join(', ');
}

function quote(text: string): string {
  return `“${text}”`;
}
