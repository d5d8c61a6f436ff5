import { createHash } from 'node:crypto';

/**
 * On Linux each process of a session also carries a number that it cannot drop by accident: the soft limit on file
 * locks, which the kernel has ignored since 2.4 but hands on to every child, and shows to everybody. `env -i`, `setsid`
 * and a double fork leave it as it is, where the marker in the environment and the way by parents are lost.
 */
export function inheritedMark(marker: string): string {
  // Some shells count in 31 bits; a limit of more than 2^30 locks is nobody's own.
  return String(2 ** 30 + (createHash('sha256').update(marker).digest().readUInt32BE(0) >>> 2));
}

/**
 * A command that takes the mark and then becomes `file`: under the same pid, with the same arguments, none of which the
 * shell reads. Shells name the limit `-w` (dash, BusyBox) or `-x` (bash, zsh); one that knows neither goes on without it.
 */
export function takingMark(
  marker: string,
  file: string,
  args: readonly string[],
): { file: string; args: string[] } {
  const script = '{ ulimit -S -w "$0" || ulimit -S -x "$0"; } 2>/dev/null; exec "$@"';
  return { file: '/bin/sh', args: ['-c', script, inheritedMark(marker), file, ...args] };
}

/** Whether a `/proc/<pid>/limits` carries this marker's number. */
export function limitsHaveMark(limits: string, marker: string): boolean {
  return limits.match(/^Max file locks +(\d+) /m)?.[1] === inheritedMark(marker);
}
