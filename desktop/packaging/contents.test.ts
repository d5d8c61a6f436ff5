import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractFile, listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desktop, hollowElectron, pack } from './pack.mjs';

/** Packed without a real Electron, so that what ships is looked at on every machine. */
let folder: string;
let packed: string;
let files: string[];
const archive = () => join(packed, 'resources/app.asar');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-pack-'));
  const electronDist = hollowElectron(join(folder, 'electron'));
  packed = await pack({ electronDist, output: join(folder, 'release') });
  const entries = listPackage(archive(), { isPack: false });
  const isFolder = (entry: string) => entries.some((other) => other.startsWith(`${entry}/`));
  files = entries.filter((entry) => !isFolder(entry)).map((entry) => entry.slice(1));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what ships is the two bundles, the pages, the icons and the way to the keychain', () => {
  const expected = [
    /^package\.json$/,
    /^dist\/(main|preload)\.cjs$/,
    /^(renderer\/)?dist\/licenses\.md$/,
    /^renderer\/dist\/(index\.html|assets\/[\w-]+\.(js|css|woff2))$/,
    /^resources\/icon\.png$/,
    /^resources\/tray\/linux\/(online|running|paused|offline|attention)-(light|dark)(@2x)?\.png$/,
    /^node_modules\/@napi-rs\/keyring\/(package\.json|index\.js|LICENSE)$/,
    new RegExp(
      `^node_modules/@napi-rs/keyring-linux-${process.arch}-(gnu|musl)/(package\\.json|LICENSE\\S*|keyring\\.\\S+\\.node)$`,
    ),
    /^node_modules\/keytar\/(package\.json|LICENSE\.md|lib\/keytar\.js|build\/Release\/keytar\.node)$/,
  ];
  const pages = readdirSync(join(desktop, 'renderer/public')).map((name) => `renderer/dist/${name}`);
  const isExpected = (file: string) => pages.includes(file) || expected.some((pattern) => pattern.test(file));
  expect(files.filter((file) => !isExpected(file))).toEqual([]);
  for (const needed of [
    'package.json',
    'dist/main.cjs',
    'dist/preload.cjs',
    'renderer/dist/index.html',
    'resources/icon.png',
    'resources/tray/linux/attention-dark@2x.png',
    'node_modules/@napi-rs/keyring/index.js',
  ]) {
    expect(files).toContain(needed);
  }
});

test('no test, no source, no map, and nothing twice', () => {
  expect(files.filter((file) => /\.(map|tsx?|mts|cts)$|(^|\/)(e2e|src|test)\/|\.test\./.test(file))).toEqual(
    [],
  );
  const { devDependencies } = JSON.parse(readFileSync(join(desktop, 'package.json'), 'utf8'));
  for (const bundled of Object.keys(devDependencies)) {
    expect(
      files.some((file) => file.includes(`node_modules/${bundled}/`)),
      bundled,
    ).toBe(false);
  }
  for (const file of files.filter((each) => /\.(c?js|css)$/.test(each))) {
    expect(extractFile(archive(), file).includes('sourceMappingURL='), file).toBe(false);
  }
});

test('everything that the page and the manifest name is inside', () => {
  const { main } = JSON.parse(extractFile(archive(), 'package.json').toString());
  expect(files).toContain(main);
  const page = extractFile(archive(), 'renderer/dist/index.html').toString();
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path]) => `renderer/dist/${path}`);
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter((path) => !files.includes(path))).toEqual([]);
});

test('the manifest that ships is no list of what it was made with', () => {
  const shipped = JSON.parse(extractFile(archive(), 'package.json').toString());
  expect(shipped).not.toHaveProperty('devDependencies');
  expect(shipped).not.toHaveProperty('scripts');
  expect(shipped).toMatchObject({ name: '@agentfleet/desktop', productName: 'AgentFleet' });
});

test('native binaries lie outside the archive, where the system can load them', () => {
  const natives = files.filter((file) => file.endsWith('.node'));
  expect(natives.length).toBeGreaterThan(0);
  for (const native of natives)
    expect(existsSync(join(packed, 'resources/app.asar.unpacked', native))).toBe(true);
});

test('the fuses are blown as we say', async () => {
  const wire = await getCurrentFuseWire(join(packed, 'agentfleet'));
  const enabled = '1'.charCodeAt(0);
  const on = Object.entries(FuseV1Options)
    .filter(([, fuse]) => typeof fuse === 'number' && wire[fuse as FuseV1Options] === enabled)
    .map(([name]) => name);
  expect(on).toEqual([
    'EnableCookieEncryption',
    'EnableEmbeddedAsarIntegrityValidation',
    'OnlyLoadAppFromAsar',
  ]);
});

test('without an address there is no update file, so the app offers no updates', () => {
  expect(readdirSync(join(packed, 'resources'))).not.toContain('app-update.yml');
});

/** Licences that let us ship what they are of, with their text. */
const allowed =
  /^\(?(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Python-2\.0|MPL-2\.0|CC0-1\.0|Unlicense)\b/;

test.each([
  ['dist/licenses.md', ['zod', 'electron-updater']],
  ['renderer/dist/licenses.md', ['react', 'react-dom', 'zod']],
])('%s passes on the licence of everything bundled, and each one allows it', (file, packages) => {
  const text = extractFile(archive(), file).toString();
  const named = [...text.matchAll(/^## (.+?) - (\S+) \((.+)\)$/gm)].map(([, name, , licence]) => ({
    name,
    licence: licence ?? '',
  }));
  const names = named.map(({ name }) => name);
  for (const name of packages) expect(names).toContain(name);
  expect(names.filter((name) => name?.startsWith('@agentfleet/'))).toEqual([]);
  expect(named.filter(({ licence }) => !allowed.test(licence))).toEqual([]);
});
