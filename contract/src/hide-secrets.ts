import { secretPlaces } from './secret-places.js';

/** What a Node process has of itself, and the few calls to its files that are needed: `process` and `node:fs`. */
export interface OwnProcess {
  process: { env: Record<string, string | undefined>; platform: string };
  files: {
    openSync(path: string, flags: string): number;
    closeSync(file: number): void;
    readFileSync(path: string, encoding: 'latin1'): string;
    readSync(file: number, into: Uint8Array, offset: number, length: number, at: number): number;
    writeSync(file: number, from: Uint8Array, offset: number, length: number, at: number): number;
  };
}

/**
 * Takes variables out of the environment of a process. On Linux also out of the block that it was started with, which
 * any process of the same user reads in `/proc/<pid>/environ`: the process writes over its own memory there, so that it
 * stays the one that a supervisor has started.
 * @returns false where that block could not be written
 */
export function hideSecrets({ process, files }: OwnProcess, names: readonly string[]): boolean {
  for (const name of names) delete process.env[name];
  if (process.platform !== 'linux') return true;
  try {
    const memory = files.openSync('/proc/self/mem', 'r+');
    try {
      const read = (start: number, length: number) => {
        const bytes = new Uint8Array(length);
        return bytes.subarray(0, files.readSync(memory, bytes, 0, length, start));
      };
      const stat = files.readFileSync('/proc/self/stat', 'latin1');
      for (const { at, length } of secretPlaces(stat, read, names)) {
        files.writeSync(memory, new Uint8Array(length), 0, length, at);
      }
    } finally {
      files.closeSync(memory);
    }
    return true;
  } catch {
    return false;
  }
}
