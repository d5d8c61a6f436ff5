import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** `O_CLOEXEC` of Linux, as `fdinfo` shows it. */
const closedOnExec = 0o2000000;

/** Where bash lies: `sh`, where it is dash, can name ten descriptors alone. A session's own shell is mostly bash too. */
const shells = ['/usr/bin/bash', '/bin/bash', '/usr/local/bin/bash', '/run/current-system/sw/bin/bash'];

const script = `for fd in /proc/self/fd/*; do fd=\${fd##*/}; [ "$fd" -gt 2 ] && eval "exec $fd>&-"; done; exec "$@"`;

/**
 * The command that closes what a child would inherit of this process beyond its three streams, and then becomes
 * `file` under the same pid. Node's own descriptors are never inherited; those of what Node is built into are, e.g.
 * about forty of Electron's, sockets and shared memory among them. Unchanged where none would be, elsewhere than on
 * Linux, where the system closes them itself, and where there is no bash.
 */
export function closingInherited(file: string, args: readonly string[]): { file: string; args: string[] } {
  const bash = hasInheritable() ? shells.find((each) => existsSync(each)) : undefined;
  if (bash === undefined) return { file, args: [...args] };
  // It reads no file of the user's first: not BASH_ENV's as privileged, nor .bashrc, as it would with a socket as stdin.
  return { file: bash, args: ['--norc', '-p', '-c', script, 'bash', file, ...args] };
}

function hasInheritable(): boolean {
  return openDescriptors().some((each) => {
    try {
      const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${each}`, 'utf8'))?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & closedOnExec) === 0;
    } catch {
      // It has been closed meanwhile.
      return false;
    }
  });
}

function openDescriptors(): number[] {
  if (process.platform !== 'linux') return [];
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((each) => each > 2);
  } catch {
    return [];
  }
}
