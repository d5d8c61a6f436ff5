import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SettingsStore } from './settings-store.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-settings-'));
  path = join(folder, 'app', 'settings.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was saved is there after a restart, and nothing else lies beside it', () => {
  new SettingsStore(path, 'mill').save({ server: 'https://fleet.example', name: 'attic' });
  expect(new SettingsStore(path, 'mill').settings).toMatchObject({
    server: 'https://fleet.example',
    name: 'attic',
  });
  expect(readdirSync(join(folder, 'app'))).toEqual(['settings.json']);
});

test('a value that is not valid is refused and changes nothing', () => {
  const store = new SettingsStore(path, 'mill');
  store.save({ maxConcurrentRuns: 2 });
  expect(() => store.save({ maxConcurrentRuns: 0 })).toThrow();
  expect(new SettingsStore(path, 'mill').settings.maxConcurrentRuns).toBe(2);
});

test('a damaged file is put aside, not overwritten', () => {
  path = join(folder, 'settings.json');
  writeFileSync(path, '{ torn');
  const store = new SettingsStore(path, 'mill');
  expect(store.problems).toHaveLength(1);
  store.save({ name: 'attic' });
  expect(store.problems).toEqual([]);
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe('{ torn');
});

test('a file that was damaged twice is put aside twice', () => {
  path = join(folder, 'settings.json');
  for (const text of ['{ torn', '{ torn again']) {
    writeFileSync(path, text);
    new SettingsStore(path, 'mill').save({ name: 'attic' });
  }
  // Not UTF-8: what it says would be lost letter by letter.
  writeFileSync(path, Buffer.from('{"version":2,"name":"B\xfcro"}', 'latin1'));
  const store = new SettingsStore(path, 'mill');
  // Broken under the hands of the app.
  writeFileSync(path, '{');
  store.save({ name: 'mill' });
  const aside = readdirSync(folder).filter((name) => name.endsWith('.damaged'));
  expect(aside.map((name) => readFileSync(join(folder, name), 'latin1')).sort()).toEqual([
    '{',
    '{ torn',
    '{ torn again',
    '{"version":2,"name":"B\xfcro"}',
  ]);
});

/** What stands in the way of reading, for a superuser too. */
const ways = {
  'a folder in its place': () => mkdirSync(path),
  'a link that leads nowhere': () => symlinkSync(join(folder, 'not-mounted', 'settings.json'), path),
};

describe.each(Object.entries(ways))('where the settings file cannot be read: %s', (_what, inTheWay) => {
  beforeEach(() => {
    path = join(folder, 'settings.json');
  });

  test('the defaults hold, it is said, and nothing is saved in its place', () => {
    inTheWay();
    const before = lstatSync(path);
    const store = new SettingsStore(path, 'mill');
    expect(store.settings.name).toBe('mill');
    expect(store.unreadable).toMatch(
      /^The settings file cannot be read: .*settings\.json is a .*The defaults hold, and nothing is saved/,
    );
    expect(() => store.save({ name: 'attic' })).toThrow(/cannot be read.*Nothing was changed/s);
    expect(() => store.mustBeReadable()).toThrow(/cannot be read/);
    expect(lstatSync(path).ino).toBe(before.ino);
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  test('what it says holds as soon as it can be read', () => {
    inTheWay();
    const store = new SettingsStore(path, 'mill');
    expect(store.look()).toBe(false);
    rmSync(path, { recursive: true });
    writeFileSync(path, '{"version":2,"name":"attic"}');
    // Its defaults are not written over it, whoever is quick.
    expect(() => store.save({ keepAwake: false })).toThrow();
    expect(store.look()).toBe(true);
    expect(store).toMatchObject({ unreadable: undefined, settings: { name: 'attic' } });
    store.save({ keepAwake: false });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ name: 'attic', keepAwake: false });
  });

  test('its owner may set it aside, as it is, and it is said where it lies', () => {
    inTheWay();
    const before = lstatSync(path);
    const store = new SettingsStore(path, 'mill');
    store.setAside();
    expect(lstatSync(`${path}.aside`).ino).toBe(before.ino);
    expect(store.unreadable).toBe(undefined);
    expect(store.problems).toEqual([`The settings file lies as ${path}.aside now. It was not changed.`]);
    store.save({ name: 'attic' });
    expect(new SettingsStore(path, 'mill').settings.name).toBe('attic');
  });

  test('while the app runs: what was read holds, and nothing is saved in its place', () => {
    new SettingsStore(path, 'mill').save({ name: 'attic' });
    const store = new SettingsStore(path, 'mill');
    rmSync(path);
    inTheWay();
    expect(() => store.save({ keepAwake: false })).toThrow(/What was read before holds/);
    expect(store.settings).toMatchObject({ name: 'attic', keepAwake: true });
    store.setAside();
    store.save({ keepAwake: false });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ name: 'attic', keepAwake: false });
  });
});

test('what somebody else has written meanwhile stays beside what is changed here, and holds from the next start on', () => {
  const store = new SettingsStore(path, 'mill');
  store.save({ name: 'attic' });
  writeFileSync(path, JSON.stringify({ version: 9, name: 'attic', maxConcurrentRuns: 7, colour: 'teal' }));
  store.save({ keepAwake: false });
  expect(store.settings.maxConcurrentRuns).toBe(4);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
    version: 9,
    name: 'attic',
    maxConcurrentRuns: 7,
    colour: 'teal',
    keepAwake: false,
  });
});

test('a file that lies elsewhere, behind a link, is written there, and the link stays', () => {
  const kept = join(folder, 'dotfiles.json');
  writeFileSync(kept, '{"version":2,"name":"attic"}');
  path = join(folder, 'settings.json');
  symlinkSync(kept, path);
  new SettingsStore(path, 'mill').save({ maxConcurrentRuns: 2 });
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ name: 'attic', maxConcurrentRuns: 2 });
});
