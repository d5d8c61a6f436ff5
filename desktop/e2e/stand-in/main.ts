import { readFileSync } from 'node:fs';
import inspector from 'node:inspector';
import Module, { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { startChromium } from './chromium.js';
import { app } from './double/app.js';
import { watchWindows } from './double/browser-window.js';
import { setHost } from './double/host.js';
import * as electron from './double/index.js';
import keychain from './double/keychain.js';

/**
 * A stand-in for Electron's executable: `stand-in [--switches] FOLDER [arguments]` starts the app in FOLDER with
 * doubles of Electron's modules, and opens its windows in a real Chromium. Playwright takes it for Electron.
 * AGENTFLEET_STAND_IN_KEYCHAIN names the file that is the machine's keychain; without it the machine has none.
 */
async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const folder = resolve(words.find((word) => !word.startsWith('-')) ?? '.');
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  process.argv = [process.execPath, ...words];
  Object.assign(process, { type: 'browser', resourcesPath: join(folder, 'resources') });
  Object.defineProperty(process, 'versions', {
    value: { ...process.versions, electron: '45.0.0', chrome: '140.0.0' },
  });
  replaceModules();
  // Says where it listens, as Electron does.
  if (words.includes('--inspect=0')) inspector.open(0, '127.0.0.1');
  const chromium = await startChromium();
  process.on('exit', chromium.close);
  setHost({ cdp: chromium.cdp, schemes: new Set(), appPath: folder });
  await watchWindows();
  console.error(`\nDevTools listening on ${chromium.devToolsUrl}`);
  app.start(manifest.productName ?? manifest.name ?? 'app', (code) => process.exit(code));
  createRequire(join(folder, 'package.json'))(join(folder, manifest.main ?? 'main.js'));
  app.becomeReady();
}

/** What the app requires as `electron`, and Playwright too; and the keychains: only keytar counts as installed, and is ours. */
function replaceModules(): void {
  const loader = Module as unknown as { _load(request: string, ...more: unknown[]): unknown };
  const load = loader._load.bind(loader);
  loader._load = (request, ...more) => {
    if (request === 'electron') return electron;
    if (request === 'keytar') return keychain;
    if (request === '@napi-rs/keyring') throw new Error('not installed');
    return load(request, ...more);
  };
}

await main();
