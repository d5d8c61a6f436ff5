import { type AppSettings, defaultSettings } from '@agentfleet/bridge';
import { expect, test } from 'vitest';
import { readSettingsFile, settingsVersion, writeSettingsFile } from './read-settings.js';

const defaults = defaultSettings('mill');

test('without a file the defaults hold', () => {
  expect(readSettingsFile(undefined, 'mill')).toEqual({ settings: defaults, problems: [], fields: {} });
});

test('what was written is read again', () => {
  const settings = {
    ...defaults,
    server: 'https://fleet.example',
    directories: ['/code'],
    maxConcurrentRuns: 2,
  };
  const read = readSettingsFile(writeSettingsFile(settings, {}, defaults), 'mill');
  expect(read).toMatchObject({ settings, problems: [] });
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

/** What a file says after a setting was changed with this version. */
function afterChange(file: object, change: Partial<AppSettings>): Record<string, unknown> {
  const { settings, fields } = readSettingsFile(JSON.stringify(file), 'mill');
  return JSON.parse(writeSettingsFile({ ...settings, ...change }, fields, settings));
}

test.each([
  ['a number', 9],
  ['a text', '3.1'],
])(
  'a newer version’s fields are kept when the file is written again, its version as %s',
  (_what, version) => {
    const newer = {
      version,
      name: 'attic',
      colour: 'teal',
      permissionModes: ['default', 'bypassPermissions'],
      theme: 'sepia',
      maxConcurrentRuns: { day: 2, night: 8 },
    };
    expect(afterChange(newer, { keepAwake: false })).toMatchObject({ ...newer, keepAwake: false });
  },
);

test('a value that only a newer version knows stays until this one gives that setting another', () => {
  const newer = { version: 3, theme: 'sepia', maxConcurrentRuns: 'many' };
  expect(afterChange(newer, { theme: 'dark' })).toMatchObject({ ...newer, theme: 'dark' });
});

test('of a list the items hold that this version knows, and the others stay in the file whatever is chosen here', () => {
  const newer = { version: 3, permissionModes: ['plan', 'auto', 'default'], directories: ['/code', 7] };
  const { settings, problems } = readSettingsFile(JSON.stringify(newer), 'mill');
  expect(settings).toMatchObject({ permissionModes: ['plan', 'default'], directories: ['/code'] });
  expect(problems).toEqual([
    'Of the setting permissionModes this version does not know "auto". It is left out.',
    'Of the setting directories this version does not know 7. It is left out.',
  ]);
  expect(afterChange(newer, { permissionModes: ['plan'] })).toMatchObject({
    permissionModes: ['plan', 'auto'],
    directories: ['/code', 7],
  });
});

test.each([[['auto']], ['auto'], [[]]])(
  'permission modes of which none is known (%j) allow the least, not the default',
  (permissionModes) => {
    const read = readSettingsFile(JSON.stringify({ version: 3, permissionModes }), 'mill');
    expect(read.settings.permissionModes).toEqual(['default']);
    expect(read.problems).toHaveLength(1);
  },
);

test('what a script has set that is no number is said, and kept', () => {
  const file = { MAX_CONCURRENT_RUNS: 'four' };
  expect(readSettingsFile(JSON.stringify(file), 'mill').problems).toHaveLength(1);
  expect(afterChange(file, { name: 'attic' })).toMatchObject({ maxConcurrentRuns: 'four', version: 2 });
});

test('fields with names that every object has spoil nothing, and are kept as they are', () => {
  const text = `{"version":2,"name":"attic","toString":1,"constructor":{"prototype":{"polluted":1}},"__proto__":{"server":"https://evil.example","polluted":1}}`;
  const { settings, problems, fields } = readSettingsFile(text, 'mill');
  expect(settings).toEqual({ ...defaults, name: 'attic' });
  expect(problems).toEqual([]);
  expect(Reflect.has({}, 'polluted')).toBe(false);
  const written = writeSettingsFile(settings, fields, settings);
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
