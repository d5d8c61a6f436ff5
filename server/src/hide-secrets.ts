import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { secretPlaces } from '@agentfleet/contract';

/** What no other process should read of the server's environment; the key is one that its user has for something else. */
export const serverSecrets = ['DATABASE_URL', 'METRICS_TOKEN', 'AGENTFLEET_API_KEY'] as const;

/**
 * Takes variables out of the environment of this process. On Linux also out of the block that it was started with, which
 * any process of the same user reads in `/proc/<pid>/environ`: the process writes over its own memory there, so that it
 * stays the one that a supervisor has started.
 * @returns false where that block could not be written
 */
export function hideSecrets(names: readonly string[]): boolean {
  for (const name of names) delete process.env[name];
  if (process.platform !== 'linux') return true;
  try {
    const memory = openSync('/proc/self/mem', 'r+');
    try {
      const read = (start: number, length: number) => {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(memory, bytes, 0, length, start));
      };
      for (const { at, length } of secretPlaces(readFileSync('/proc/self/stat', 'latin1'), read, names)) {
        writeSync(memory, Buffer.alloc(length), 0, length, at);
      }
    } finally {
      closeSync(memory);
    }
    return true;
  } catch {
    return false;
  }
}
