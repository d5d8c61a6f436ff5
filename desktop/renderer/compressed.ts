import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Below that, in bytes, the server sends a file as it is. */
const leastBytes = 1_024;
/** For the code of the screens, which everybody loads: it leaves a fourteenth less, and takes long. */
const bestQuality = 11;
/** For the rest, of which most is grammars that few load. */
const goodQuality = 9;
const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** Leaves beside each file of the build what the server sends of it to browsers: `.br` and `.gz`. */
export function compressed(): Plugin {
  let folder = '';
  const screens = new Set<string>();
  return {
    name: 'compressed',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, build.outDir);
    },
    writeBundle(_options, bundle) {
      for (const { fileName, type } of Object.values(bundle)) if (type === 'chunk') screens.add(fileName);
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
    const quality = screens.has(name.replaceAll('\\', '/')) ? bestQuality : goodQuality;
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    await writeFile(`${file}.br`, await brotli(bytes, { params }));
    await writeFile(`${file}.gz`, await gzipped(bytes, { level: 9 }));
  }
}
