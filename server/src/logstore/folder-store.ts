import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type LogStore, StoreFailed } from './log-store.js';

/** Objects as files of a folder, which only its user can read. @param folder absolute */
export function openFolderStore(folder: string): LogStore {
  return {
    put: (name, bytes) =>
      told(async () => {
        const path = join(folder, name);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        // Beside its place first, and on the disk: after a power cut it is whole or not there.
        const beside = `${path}.${randomUUID()}.part`;
        try {
          const file = await open(beside, 'wx', 0o600);
          try {
            await file.writeFile(bytes);
            await file.sync();
          } finally {
            await file.close();
          }
          await rename(beside, path);
        } catch (error) {
          await rm(beside, { force: true });
          throw error;
        }
        await syncFolder(dirname(path));
      }),
    get: (name) =>
      told(async () => {
        try {
          return await readFile(join(folder, name));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
          throw error;
        }
      }),
    delete: (name) =>
      told(async () => {
        // A folder that is away is not one without the object.
        await stat(folder);
        await rm(join(folder, name), { force: true });
      }),
  };
}

/** That the name is on the disk too. Windows opens no folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}

async function told<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new StoreFailed(`The folder of the log store fails: ${(error as Error).message}`, { cause: error });
  }
}
