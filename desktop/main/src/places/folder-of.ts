import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The folder that was dropped, or the one of the file that was. */
export async function folderOf(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? path : dirname(path);
}
