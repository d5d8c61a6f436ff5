import { open, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskWords, freePath } from '@agentfleet/runner-core';

/**
 * Writes a file where a person asked for it, whole: what was there under its name stays until all of the new one is on the disk.
 * Rejects with a sentence.
 * @param mode of a new file
 */
export async function saveFile(path: string, text: string, mode = 0o666): Promise<void> {
  // Where a link leads: the link stays one.
  const place = await realpath(path).catch(() => path);
  const beside = freePath(place, '.part');
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new Error(`${diskWords(error as Error, dirname(place))} The file was not saved.`);
  }
}
