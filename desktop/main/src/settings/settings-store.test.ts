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
import { afterEach, beforeEach, expect, test } from 'vitest';
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

test('a file that cannot be read stops nothing: the defaults are used, and it is said', () => {
  mkdirSync(path, { recursive: true });
  const store = new SettingsStore(path, 'mill');
  expect(store.settings.name).toBe('mill');
  expect(store.problems).toEqual([expect.stringMatching(/^The settings file cannot be read \(EISDIR/)]);
  expect(() => store.save({ name: 'attic' })).toThrow();
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
