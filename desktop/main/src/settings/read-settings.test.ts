import { defaultSettings } from '@agentfleet/bridge';
import { expect, test } from 'vitest';
import { readSettingsFile, settingsVersion, writeSettingsFile } from './read-settings.js';

const defaults = defaultSettings('mill');

test('without a file the defaults hold', () => {
  expect(readSettingsFile(undefined, 'mill')).toEqual({ settings: defaults, problems: [], unknown: {} });
});

test('what was written is read again', () => {
  const settings = {
    ...defaults,
    server: 'https://fleet.example',
    directories: ['/code'],
    maxConcurrentRuns: 2,
  };
  const read = readSettingsFile(writeSettingsFile(settings, {}), 'mill');
  expect(read).toEqual({ settings, problems: [], unknown: {} });
});

test('a value that is not valid becomes its default, with a word about it, and spoils no other', () => {
  const text = JSON.stringify({ version: 1, maxConcurrentRuns: 0, name: 'attic', theme: 'pink' });
  const { settings, problems } = readSettingsFile(text, 'mill');
  expect(settings).toEqual({ ...defaults, name: 'attic' });
  expect(problems).toEqual([expect.stringContaining('maxConcurrentRuns'), expect.stringContaining('theme')]);
});

test.each(['', '{"server":', '[]', 'null', '42', '\u0000\u0000'])(
  'a damaged file (%j) becomes the defaults',
  (text) => {
    const { settings, problems } = readSettingsFile(text, 'mill');
    expect(settings).toEqual(defaults);
    expect(problems).toHaveLength(1);
  },
);

test('a newer version’s fields are kept when the file is written again', () => {
  const newer = JSON.stringify({ version: 9, name: 'attic', colour: 'teal' });
  const { settings, unknown } = readSettingsFile(newer, 'mill');
  expect(JSON.parse(writeSettingsFile(settings, unknown))).toMatchObject({
    version: 9,
    name: 'attic',
    colour: 'teal',
  });
});

test('fields with names that every object has spoil nothing, and are kept as they are', () => {
  const text = `{"version":2,"name":"attic","toString":1,"constructor":{"prototype":{"polluted":1}},"__proto__":{"server":"https://evil.example","polluted":1}}`;
  const { settings, problems, unknown } = readSettingsFile(text, 'mill');
  expect(settings).toEqual({ ...defaults, name: 'attic' });
  expect(problems).toEqual([]);
  expect(Reflect.has({}, 'polluted')).toBe(false);
  const written = writeSettingsFile(settings, unknown);
  expect(written).toMatch(/"toString": 1,/);
  expect(written).toMatch(/"__proto__": {/);
  expect(readSettingsFile(written, 'mill').settings).toEqual(settings);
});

test('a file that begins with a mark of its encoding is read as any other', () => {
  const { settings, problems } = readSettingsFile('\uFEFF{"version":2,"name":"attic"}', 'mill');
  expect(settings.name).toBe('attic');
  expect(problems).toEqual([]);
});

test('a file without a version may use the daemon’s names', () => {
  const text = JSON.stringify({
    AGENTFLEET_URL: 'https://fleet.example/',
    ALLOWED_DIRS: ['/code'],
    RUNNER_NAME: 'attic',
    MAX_CONCURRENT_RUNS: '2',
  });
  const { settings, problems } = readSettingsFile(text, 'mill');
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    server: 'https://fleet.example',
    directories: ['/code'],
    name: 'attic',
    maxConcurrentRuns: 2,
  });
});

test('a file of the time when every mode was on loses the one that asks nobody, with a word; a newer one keeps it', () => {
  const permissionModes = ['default', 'bypassPermissions'];
  const read = (version: number, modes = permissionModes) =>
    readSettingsFile(JSON.stringify({ version, permissionModes: modes }), 'mill');
  expect(read(1).settings.permissionModes).toEqual(['default']);
  expect(read(1).problems).toEqual([expect.stringContaining('bypassPermissions was turned off')]);
  expect(read(1, ['bypassPermissions']).settings.permissionModes).toEqual(['default']);
  expect(read(2)).toMatchObject({ settings: { permissionModes }, problems: [] });
  expect(defaults.permissionModes).toEqual(['default', 'acceptEdits', 'plan']);
});

test('each step of a migration runs once, from the version of the file on', () => {
  const steps = [1, 2, 3].map((step) => (fields: Record<string, unknown>) => ({
    ...fields,
    name: `${fields.name}${step}`,
  }));
  const named = (version: number) =>
    readSettingsFile(JSON.stringify({ version, name: 'v' }), 'mill', steps).settings.name;
  expect([0, 1, 2, 3, 4].map(named)).toEqual(['v123', 'v23', 'v3', 'v', 'v']);
  expect(settingsVersion).toBe(2);
});
