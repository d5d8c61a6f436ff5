import type { Runner } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { outlook } from './outlook.js';

const runner = (name: string, facts: Partial<Runner> = {}): Runner => ({
  id: `run_${name}`,
  name,
  state: 'online',
  online: true,
  hostname: name,
  platform: 'linux',
  arch: 'x64',
  version: '0.1.0',
  agentVersion: '2.1.197',
  directories: ['/code'],
  permissionModes: ['default', 'plan'],
  maxConcurrentRuns: 2,
  activeRuns: 0,
  pausedAt: null,
  pauseNote: null,
  lastSeenAt: '2026-11-24T10:00:00.000Z',
  createdAt: '2026-11-24T10:00:00.000Z',
  ...facts,
});
const plan = { cwd: '/code/api', runnerId: '', mode: 'default', sharedCwd: false } as const;
const mill = runner('mill');

test.each([
  ['a free runner', plan, [mill], 'good', 'Starts at once on mill.'],
  ['two free runners', plan, [mill, runner('kiln')], 'good', 'mill or kiln'],
  ['three free runners', plan, [mill, runner('kiln'), runner('loom')], 'good', 'one of 3 runners'],
  ['no runner at all', plan, [], 'wait', 'No runner is connected'],
  ['a folder nobody allows', { ...plan, cwd: '/etc' }, [mill], 'wait', 'No runner allows this folder'],
  [
    'a folder with a like name',
    { ...plan, cwd: '/code-evil' },
    [mill],
    'wait',
    'No runner allows this folder',
  ],
  ['a mode nobody allows', { ...plan, mode: 'acceptEdits' }, [mill], 'wait', 'mill does not allow the mode'],
  [
    'a runner that is away',
    plan,
    [runner('mill', { online: false, state: 'offline' })],
    'wait',
    'is offline',
  ],
  ['a paused runner', plan, [runner('mill', { state: 'paused' })], 'wait', 'takes nothing new'],
  ['a full runner', plan, [runner('mill', { activeRuns: 2 })], 'wait', 'is busy'],
  ['the wrong runner', { ...plan, cwd: '/etc', runnerId: 'run_mill' }, [mill], 'bad', 'would fail'],
  [
    'the wrong mode of one',
    { ...plan, mode: 'acceptEdits', runnerId: 'run_mill' },
    [mill],
    'bad',
    'would fail',
  ],
] as const)('with %s it says so', (_case, asked, runners, tone, words) => {
  const said = outlook(asked, runners, []);
  expect(said?.tone).toBe(tone);
  expect(said?.sentence).toContain(words);
});

test('a folder in use makes it wait, unless both share it', () => {
  expect(outlook(plan, [mill], [{ cwd: '/code/api/', sharedCwd: true }])?.tone).toBe('wait');
  expect(outlook(plan, [mill], [{ cwd: '/code/web', sharedCwd: false }])?.tone).toBe('good');
  expect(outlook({ ...plan, sharedCwd: true }, [mill], [{ cwd: '/code/api', sharedCwd: true }])?.tone).toBe(
    'good',
  );
});

test('Windows and macOS runners read folders as their systems do', () => {
  const windows = runner('pc', { platform: 'win32', directories: ['C:\\Code'] });
  const mac = runner('mac', { platform: 'darwin', directories: ['/Users/Ann'] });
  expect(outlook({ ...plan, cwd: 'c:/code/API' }, [windows, mac], [])?.sentence).toContain('pc');
  expect(outlook({ ...plan, cwd: '/users/ann/x' }, [windows, mac], [])?.sentence).toContain('mac');
});

test.each(['', 'code', 'C:code'])('%j is not a folder yet, and nothing is said', (cwd) => {
  expect(outlook({ ...plan, cwd }, [mill], [])).toBeNull();
});
