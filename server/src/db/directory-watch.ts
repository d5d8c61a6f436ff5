import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { every, type Repeated } from '../every.js';

/** How often it is looked whether the directory is still there, ms. */
const lookMs = 1_000;
/** Says nothing about the directory: this process has too many files open. */
const ofProcess = new Set(['EMFILE', 'ENFILE']);

/**
 * Watches that the database's directory stays the one it was. Files that are open can still be written when it was
 * removed, moved or unmounted: what is stored from then on would be gone.
 * @param onGone told once, with what became of it
 */
export async function watchDirectory(directory: string, onGone: (words: string) => void): Promise<Repeated> {
  // Nobody ever writes this file anew.
  const look = () => stat(join(directory, 'PG_VERSION'), { bigint: true });
  const first = await look();
  let isGone = false;
  return every(lookMs, async () => {
    if (isGone) return;
    try {
      const { ino, dev } = await look();
      if (ino === first.ino && dev === first.dev) return;
      isGone = true;
      onGone(`another one lies in the place of its directory ${directory}`);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (ofProcess.has(code)) return;
      isGone = true;
      onGone(`its directory ${directory} is gone (${code})`);
    }
  });
}
