import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatApiKey } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { examineSettings, readDirectories, readSettings } from './settings.js';

const key = formatApiKey((count) => new Uint8Array(count).fill(7));
const good = { AGENTFLEET_URL: 'https://your-host/', AGENTFLEET_API_KEY: key, ALLOWED_DIRS: '/code' };

test.each([
  ['linux', '/a:/b,/c d/', ['/a', '/b', '/c d/']],
  ['darwin', ' /a : /b ', ['/a', '/b']],
  ['win32', 'C:\\Users\\you\\code', ['C:\\Users\\you\\code']],
  ['win32', 'C:\\a;D:/b,\\\\server\\share', ['C:\\a', 'D:/b', '\\\\server\\share']],
  ['win32', '"C:\\my code"', ['C:\\my code']],
  ['win32', '"C:\\a;C:\\b"', ['C:\\a', 'C:\\b']],
  ['win32', '"C:\\a, b"', ['C:\\a, b']],
  ['win32', 'C:\\a; "C:\\b, c" ;C:\\d', ['C:\\a', 'C:\\b, c', 'C:\\d']],
  ['linux', '"/a:/b"', ['/a', '/b']],
  ['linux', '/a:"/b:c, d",/e', ['/a', '/b:c, d', '/e']],
  ['linux', '/a"b":/it"s', ['/a"b"', '/it"s']],
] as const)('on %s %s is split as documented', (platform, value, directories) => {
  expect(readDirectories(value, platform)).toEqual(directories);
});

test.each([
  ['linux', 'code'],
  ['linux', 'C:\\code'],
  ['win32', 'code'],
  ['win32', 'C:code'],
  ['win32', '\\code'],
] as const)('on %s %s is refused: it is not absolute', (platform, value) => {
  expect(() => readDirectories(value, platform)).toThrow('must be absolute');
});

test('a directory as Git Bash writes it is refused with the way Windows writes it', () => {
  expect(() => readDirectories('/c/Users/you', 'win32')).toThrow('Windows writes it C:\\Users\\you.');
  expect(() => readDirectories('/c', 'win32')).toThrow('Windows writes it C:\\.');
  expect(() => readDirectories('/code', 'win32')).toThrow(/must be absolute\.$/);
});

test('documented settings are read, the rest has defaults', () => {
  expect(readSettings({ ...good, RUNNER_NAME: 'home-desktop' }, 'linux')).toMatchObject({
    url: 'https://your-host',
    apiKey: key,
    name: 'home-desktop',
    maxConcurrentRuns: 4,
    permissionModes: ['default', 'acceptEdits', 'bypassPermissions', 'plan'],
  });
});

test.each([
  ['AGENTFLEET_URL', undefined],
  ['AGENTFLEET_URL', 'your-host'],
  ['AGENTFLEET_API_KEY', undefined],
  ['AGENTFLEET_API_KEY', `${key.slice(0, -1)}!`],
  ['ALLOWED_DIRS', ' , '],
  ['MAX_CONCURRENT_RUNS', '0'],
  ['ALLOWED_PERMISSION_MODES', 'yolo'],
])('%s = %s is refused with a sentence that names it', (name, value) => {
  expect(() => readSettings({ ...good, [name]: value }, 'linux')).toThrow(name);
});

test('everything that is missing or wrong is said at once, and the rest is read', () => {
  const { settings, faults } = examineSettings(
    { ALLOWED_DIRS: '/code', MAX_CONCURRENT_RUNS: 'many' },
    'linux',
  );
  expect(faults.map(({ message }) => message.split(' ')[0])).toEqual([
    'AGENTFLEET_URL',
    'AGENTFLEET_API_KEY',
    'MAX_CONCURRENT_RUNS',
  ]);
  expect(settings).toMatchObject({ directories: ['/code'], maxTimeoutSec: 86_400 });
});

test.skipIf(process.platform === 'win32')(
  'a key file that others can read is refused, with the chmod that mends it',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    const file = join(folder, "ann's key");
    const read = (more = {}) => {
      const { AGENTFLEET_API_KEY: _, ...env } = good;
      return readSettings({ ...env, AGENTFLEET_API_KEY_FILE: file, ...more }, 'linux').apiKey;
    };
    try {
      writeFileSync(file, `${key}\n`, { mode: 0o600 });
      expect(read()).toBe(key);
      for (const mode of [0o640, 0o604, 0o620, 0o644, 0o666]) {
        chmodSync(file, mode);
        expect(read).toThrow(`which others can read. Run: chmod 600 '${folder}/ann'\\''s key'`);
      }
      // An access list of systemd's looks like a right of the group.
      chmodSync(file, 0o440);
      expect(read).toThrow('chmod 600');
      expect(read({ CREDENTIALS_DIRECTORY: folder })).toBe(key);
      chmodSync(file, 0o444);
      expect(() => read({ CREDENTIALS_DIRECTORY: folder })).toThrow('chmod 600');
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
