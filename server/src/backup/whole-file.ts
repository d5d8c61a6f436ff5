import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ConfigError } from '../config.js';

/**
 * Writes a file that only its user can read, beside its place, and gives it its name when it is whole and on the disk: whatever
 * happens, under that name there is what was there before, or all of it. What was there before is replaced.
 * @param check looks at it before that; what it throws undoes all
 * Throws ConfigError when the disk or the directory refuses.
 */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Buffer>,
  check: (path: string) => Promise<void> = async () => undefined,
): Promise<void> {
  const target = resolve(path);
  const beside = `${target}.part-${process.pid}`;
  try {
    await pipeline(chunks, createWriteStream(beside, { flags: 'wx', mode: 0o600 }));
    await check(beside);
    await sync(beside);
    await rename(beside, target);
    // Windows knows no such thing.
    if (process.platform !== 'win32') await sync(dirname(target));
  } catch (error) {
    await rm(beside, { force: true });
    throw asSentence(error as NodeJS.ErrnoException, target);
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync().catch((error: NodeJS.ErrnoException) => {
      // Of a file that is open for reading only, Windows says so.
      if (error.code !== 'EPERM') throw error;
    });
  } finally {
    await file.close();
  }
}

const reasons: Record<string, string | undefined> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota of the disk is used up',
  ENOENT: 'its folder does not exist',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'it lies on a disk that cannot be written',
  EISDIR: 'it is a folder',
  EFBIG: 'files may not be that large there',
};

function asSentence(error: NodeJS.ErrnoException, path: string): Error {
  const reason = error.syscall === undefined ? undefined : reasons[error.code ?? ''];
  return reason === undefined
    ? error
    : new ConfigError(`${path} cannot be written: ${reason}. Nothing was changed.`);
}
