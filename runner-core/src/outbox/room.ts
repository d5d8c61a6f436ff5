import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** What is written to find out whether a disk takes anything, bytes: a quota that is used up shows here and nowhere else. */
const probe = Buffer.alloc(64 * 1024);

/** Whether a folder can be written to: the disk may be full or only be read, or the folder be somebody else's. */
export class Room {
  readonly #folder: string;
  readonly #leastFree: number;

  /** @param leastFree with less than that free on its disk there is no room, bytes */
  constructor(folder: string, leastFree = 0) {
    this.#folder = folder;
    this.#leastFree = leastFree;
  }

  /**
   * @param writes whether it is tried, and not only asked how much is free and who may write, which no disk has to
   *   wake up for
   * @returns why nothing can be kept there, a sentence for a person; undefined while it can
   */
  look(writes = true): string | undefined {
    const path = join(this.#folder, 'room.probe');
    try {
      if (writes) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const { bavail, bsize, blocks } = statfsSync(this.#folder);
      // Some file systems know no number of it.
      if (blocks > 0 && bavail * bsize < this.#leastFree) return full(this.#folder);
      if (!statSync(this.#folder).isDirectory()) return noFolder(this.#folder);
      accessSync(this.#folder, constants.W_OK);
      if (!writes) return undefined;
      const file = openSync(path, 'w', 0o600);
      try {
        for (let written = 0; written < probe.length; ) written += writeSync(file, probe, written);
      } finally {
        closeSync(file);
        rmSync(path, { force: true });
      }
    } catch (error) {
      // Nobody has made it yet, or somebody has removed it: whether it can be made shows in trying.
      if (!writes && (error as NodeJS.ErrnoException).code === 'ENOENT') return this.look();
      return diskWords(error as Error, this.#folder);
    }
    return undefined;
  }
}

/** Why something could not be written, a sentence for a person. @param path what was to be written, or its folder */
export function diskWords(error: NodeJS.ErrnoException, path: string): string {
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return full(path);
    case 'EROFS':
      return `${path} is on a disk that can only be read.`;
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be written to by this user.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return noFolder(path);
    default:
      return `${path} cannot be written to: ${error.message.replace(/\.?$/, '.')}`;
  }
}

const noFolder = (path: string) => `${path} is not a folder, or lies in what is none.`;
const full = (path: string) => `The disk with ${path} is full.`;
