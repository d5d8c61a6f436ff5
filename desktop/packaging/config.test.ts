import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { Ajv } from 'ajv';
import schema from 'app-builder-lib/scheme.json' with { type: 'json' };
import { expect, test } from 'vitest';
import { desktop, packagingConfig } from './pack.mjs';
import { signingOptions } from './signing.mjs';
import { updatesOptions } from './updates-address.mjs';

const config = packagingConfig();
const manifest = JSON.parse(readFileSync(join(desktop, 'package.json'), 'utf8'));

test('electron-builder’s own schema allows the file, and would not allow a misspelt name', () => {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false });
  const validate = ajv.compile(schema);
  validate(config);
  expect(validate.errors ?? []).toEqual([]);
  expect(validate({ ...config, electronFusse: {} })).toBe(false);
  expect(validate({ ...config, mac: { ...config.mac, hardenedRuntim: true } })).toBe(false);
});

test('every fuse that Electron has is listed', () => {
  const known = Object.keys(FuseV1Options).filter((name) => !/^\d+$/.test(name));
  const listed = Object.keys(config.electronFuses ?? {}).map((name) => name.toLowerCase());
  expect(listed).toEqual(expect.arrayContaining(known.map((name) => name.toLowerCase())));
});

test('every file that the configuration names is there', () => {
  const named = [
    config.mac?.icon,
    config.mac?.entitlements,
    config.mac?.entitlementsInherit,
    config.win?.icon,
    config.linux?.icon,
    config.afterPack,
    config.directories?.buildResources,
  ];
  for (const path of named) expect(existsSync(join(desktop, String(path))), String(path)).toBe(true);
});

test('links open the packed app, and its windows belong to its entry in the menu', () => {
  expect(config.protocols).toEqual([expect.objectContaining({ schemes: ['agentfleet'] })]);
  expect(`${config.linux?.executableName}.desktop`).toBe(manifest.desktopName);
});

test('macOS is signed for the hardened runtime, and asks for nothing but compiled JavaScript', () => {
  expect(config.mac).toMatchObject({ hardenedRuntime: true, notarize: true });
  const asked = readFileSync(join(desktop, String(config.mac?.entitlements)), 'utf8').match(
    /<key>.*<\/key>/g,
  );
  expect(asked).toEqual(['<key>com.apple.security.cs.allow-jit</key>']);
});

const require = createRequire(import.meta.url);

test.each(['mac', 'win', 'linux'] as const)(
  '%s is packaged for the processor of the machine, and for others when they are asked for',
  (system) => {
    const { computeArchToTargetNamesMap } = require('app-builder-lib/out/targets/targetFactory.js');
    const { Arch, Platform } = require('electron-builder');
    const packager = { platformSpecificBuildOptions: config[system], defaultTarget: [] };
    const platform = Platform.fromString(system);
    const targets = { mac: ['dmg', 'zip'], win: ['nsis'], linux: ['AppImage', 'deb'] }[system];
    const own = computeArchToTargetNamesMap(new Map(), packager, platform);
    expect([...own]).toEqual([[Arch[process.arch], targets]]);
    const asked = new Map([Arch.arm64, Arch.x64].map((arch) => [arch, []]));
    expect([...computeArchToTargetNamesMap(asked, packager, platform)]).toEqual([
      [Arch.arm64, targets],
      [Arch.x64, targets],
    ]);
  },
);

/** What electron-builder's own command line makes of what it is told about signing. */
async function signing(machine: Partial<Parameters<typeof signingOptions>[0]>) {
  const { createYargs, normalizeOptions, configureBuildCommand } = require('electron-builder/out/builder.js');
  const none = async () => null;
  const options = await signingOptions({
    platform: 'darwin',
    env: {},
    args: [],
    findIdentity: none,
    ...machine,
  });
  const args = ['--config', '../electron-builder.yml', ...options];
  return normalizeOptions(configureBuildCommand(createYargs()).parse(args)).config;
}

test('a Mac without a certificate signs ad hoc and without the hardened runtime, which would not let that start', async () => {
  const told = await signing({});
  expect(told).toEqual({
    extends: '../electron-builder.yml',
    mac: { identity: '-', hardenedRuntime: false, notarize: false },
  });
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false });
  expect(ajv.validate(schema, { ...config, mac: { ...config.mac, ...told.mac } })).toBe(true);
});

test.each<[string, Partial<Parameters<typeof signingOptions>[0]>]>([
  ['the environment has a certificate', { env: { CSC_LINK: 'cert.p12' } }],
  ['the environment names one', { env: { CSC_NAME: 'Ann' } }],
  [
    'the keychain has one',
    { findIdentity: async (type) => (type === 'Mac Developer' ? { name: type } : null) },
  ],
  ['a person says how', { args: ['-c.mac.identity=null'] }],
  ['it is no Mac', { platform: 'linux' }],
])('where %s, nothing is said about signing', async (_where, machine) => {
  expect(await signing(machine)).toBe('../electron-builder.yml');
});

test('macOS can ask for every kind of place that sessions may work in, and shows no icon in the Dock before a window', () => {
  const { extendInfo = {} } = config.mac ?? {};
  const places = [
    'DesktopFolder',
    'DocumentsFolder',
    'DownloadsFolder',
    'RemovableVolumes',
    'NetworkVolumes',
  ];
  for (const place of [...places, 'FileProviderDomain', 'LocalNetwork'])
    expect(extendInfo[`NS${place}UsageDescription`], place).toMatch(/^\w.{30,}\.$/);
  expect(extendInfo.LSUIElement).toBe(true);
});

test('the address of updates comes from the environment: none is fine, one without https is not', () => {
  expect(updatesOptions(undefined)).toMatchObject({ ok: true, options: [] });
  expect(updatesOptions(' ')).toMatchObject({ ok: true, options: [] });
  expect(updatesOptions('https://updates.example/app')).toMatchObject({
    ok: true,
    options: ['--config.publish.provider=generic', '--config.publish.url=https://updates.example/app'],
  });
  for (const address of ['http://updates.example', 'updates.example', 'https://ann:pw@updates.example']) {
    expect(updatesOptions(address), address).toMatchObject({ ok: false });
  }
});

test('packaging stops at a bad address before it does anything', () => {
  const env = { ...process.env, AGENTFLEET_UPDATES_URL: 'ftp://updates.example' };
  const ended = spawnSync(process.execPath, [join(desktop, 'packaging/package.mjs'), '--dir'], {
    env,
    encoding: 'utf8',
  });
  expect(ended.status).toBe(2);
  expect(ended.stderr).toContain('AGENTFLEET_UPDATES_URL must be an https address');
});
