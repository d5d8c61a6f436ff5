import { isUtf8 } from 'node:buffer';
import { lstatSync, readFileSync, realpathSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskWords, freePath, writeWhole } from '@agentfleet/runner-core';
import { isDamaged } from './read-settings.js';

/** What a look at it found: its text, damaged or not; or that there is none; or why nobody can tell. */
export type Found = { text: string; isDamaged: boolean } | 'none' | { unreadable: string };

/** A file whose text is never lost: what cannot be understood is put aside, what cannot be read stays. */
export class SettingsFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = behindLink(path);
  }

  /** Never throws. A damaged one lies beside its place afterwards. */
  look(): Found {
    try {
      const bytes = readFileSync(this.#path);
      const text = isUtf8(bytes) ? bytes.toString('utf8') : '';
      const damaged = isDamaged(text);
      if (damaged) this.putAside('.damaged');
      return { text, isDamaged: damaged };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && !isLink(this.#path)) return 'none';
      return { unreadable: wordsFor(error as NodeJS.ErrnoException, this.#path) };
    }
  }

  /** Throws a sentence when the disk refuses; what was there is then there still. */
  write(text: string): void {
    try {
      writeWhole(this.#path, text);
    } catch (error) {
      throw new Error(`${diskWords(error as Error, dirname(this.#path))} Nothing was changed.`);
    }
  }

  /** Gives it another name, which nothing else has. Throws what the system says. @returns that name, with its path */
  putAside(ending: string): string {
    const aside = freePath(this.#path, ending);
    renameSync(this.#path, aside);
    return aside;
  }
}

/** Why a file cannot be read, for a person. */
function wordsFor({ code, message }: NodeJS.ErrnoException, path: string): string {
  switch (code) {
    case 'ENOENT':
      return `${path} is a link that leads nowhere`;
    case 'EISDIR':
      return `${path} is a folder`;
    case 'EACCES':
    case 'EPERM':
      return `this user may not read ${path}`;
    default:
      return message.includes(path) ? message : `${path}: ${message}`;
  }
}

/** Where a link leads: people keep such files elsewhere, and writing in its place would leave theirs behind. */
function behindLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
