// `npm run test:electron`: the app's specs on ELECTRON_PATH, else on the Electron that npm installed where its binary
// was fetched, else on the stand-in. lane.ts says what else may be set.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const executablePath = process.env.ELECTRON_PATH ?? installedElectron();
console.log(`The app's specs run on ${executablePath ?? 'the stand-in'}.`);
const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--project=electron',
    // Real windows share one clipboard and one focus.
    ...(executablePath ? ['--no-file-parallelism'] : []),
    ...process.argv.slice(2),
  ],
  {
    stdio: 'inherit',
    env: { TEST_WHOLE: '1', ...process.env, ...(executablePath && { ELECTRON_PATH: executablePath }) },
  },
);
process.exit(status ?? 1);

/** Undefined where the package is there and its binary, which comes from elsewhere, is not. */
function installedElectron() {
  const folder = dirname(require.resolve('electron/package.json'));
  const name = join(folder, 'path.txt');
  const path = existsSync(name) ? join(folder, 'dist', readFileSync(name, 'utf8').trim()) : undefined;
  return path && existsSync(path) ? path : undefined;
}
