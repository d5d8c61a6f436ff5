// Builds the app's main process and its preload script into dist/, one CommonJS file each.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { licencesOf } from './packaging/licences.mjs';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'));
const shared = {
  bundle: true,
  minify: true,
  keepNames: true,
  legalComments: 'none',
  conditions: ['source'],
  logLevel: 'warning',
};

/** Its types and words are in build.d.mts. */
export async function buildApp({
  outdir = join(import.meta.dirname, 'dist'),
  plugins = [],
  shims = [],
  forTests = false,
} = {}) {
  const [{ metafile }] = await Promise.all([
    build({
      ...shared,
      entryPoints: [join(import.meta.dirname, 'main/src/main.ts')],
      outfile: join(outdir, 'main.cjs'),
      platform: 'node',
      format: 'cjs',
      target: 'node18',
      // Native modules stay what they are; everything else is inside.
      external: ['electron', 'keytar', '@napi-rs/keyring'],
      // `require` finds a module inside the packed archive in every Electron, `import()` only in newer ones.
      supported: { 'dynamic-import': false },
      metafile: true,
      define: {
        AGENTFLEET_VERSION: JSON.stringify(version),
        AGENTFLEET_FOR_TESTS: JSON.stringify(forTests),
      },
      inject: shims,
      plugins,
    }),
    build({
      ...shared,
      entryPoints: [join(import.meta.dirname, 'preload/preload.ts')],
      outfile: join(outdir, 'preload.cjs'),
      platform: 'browser',
      format: 'cjs',
      target: 'chrome114',
      external: ['electron'],
      plugins,
    }),
  ]);
  writeFileSync(join(outdir, 'licenses.md'), licencesOf(metafile));
}

if (process.argv[1] === import.meta.filename) await buildApp();
