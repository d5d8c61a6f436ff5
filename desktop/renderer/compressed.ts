import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Below that, in bytes, the server sends a file as it is. */
const leastBytes = 1_024;
/** More takes seconds, and leaves a twentieth less. */
const brotliParams = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** Leaves beside each file of the build what the server sends of it to browsers: `.br` and `.gz`. */
export function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, build.outDir);
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      await Promise.all(names.filter((name) => /\.(js|css|html|svg)$/.test(name)).map(compress));
    },
  };

  async function compress(name: string): Promise<void> {
    const file = join(folder, name);
    const bytes = await readFile(file);
    if (bytes.length < leastBytes) return;
    await writeFile(`${file}.br`, await brotli(bytes, brotliParams));
    await writeFile(`${file}.gz`, await gzipped(bytes, { level: 9 }));
  }
}
