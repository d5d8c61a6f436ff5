import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { Ajv } from 'ajv';
import schema from 'app-builder-lib/scheme.json' with { type: 'json' };
import { expect, test } from 'vitest';
import { desktop, packagingConfig } from './pack.mjs';
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

test('all systems and processors that we name have their packages', () => {
  const targets = (list: unknown) => JSON.stringify(list);
  expect(targets(config.mac?.target)).toBe(
    targets([
      { target: 'dmg', arch: ['arm64', 'x64'] },
      { target: 'zip', arch: ['arm64', 'x64'] },
    ]),
  );
  expect(targets(config.win?.target)).toContain('nsis');
  expect(config.linux?.target).toEqual(['AppImage', 'deb']);
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
