import type { Runner } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { folderGroups, likelyFolder } from './recent.js';

const runner = (name: string, ...directories: string[]): Runner => ({
  ...{ id: `run_${name}`, name, state: 'online', online: true, hostname: name, platform: 'linux' },
  ...{ arch: 'x64', version: '0.1.0', agentVersion: null, directories, permissionModes: ['default'] },
  ...{ maxConcurrentRuns: 4, activeRuns: 0, pausedAt: null, pauseNote: null, lastSeenAt: '', createdAt: '' },
});
const told = (groups: ReturnType<typeof folderGroups>) =>
  groups.map(({ name, items }) => [name, ...items.map(({ value }) => value)]);

test('folders are offered by where runners allow them, with those in them that sessions worked in', () => {
  const recent = ['/srv/a', '/srv/b', '/home/x', '/srv/c', '/srv/d', '/srv/f/deep', '/srv/e', '/srvx'];
  expect(told(folderGroups(recent, [runner('build', '/srv'), runner('mac', '/home', '/srv')]))).toEqual([
    ['Used last', '/srv/a', '/srv/b', '/home/x', '/srv/c', '/srv/d'],
    ['In /home on mac', '/home'],
    ['In /srv on build, mac', '/srv', '/srv/e', '/srv/f/deep'],
  ]);
});

test('the folders of the computer that one sits at come before those elsewhere, with what was worked in there', () => {
  const recent = ['/srv/a', '/srv/b', '/home/x', '/srv/c', '/srv/d', '/home/ann/y'];
  const here = { directories: ['/home'], platform: 'linux' as const };
  expect(told(folderGroups(recent, [runner('build', '/srv'), runner('mac', '/home')], here))).toEqual([
    ['Used last', '/srv/a', '/srv/b', '/home/x', '/srv/c', '/srv/d'],
    ['On this computer', '/home', '/home/ann/y'],
    ['In /srv on build', '/srv'],
  ]);
});

test('the folder used last is meant that a runner allows, and none where nothing was', () => {
  const recent = ['/elsewhere', '/srv/b', '/srv/a'];
  expect(likelyFolder(recent, [runner('build', '/srv')])).toBe('/srv/b');
  expect(likelyFolder([], [runner('build', '/srv')])).toBe('');
  expect(likelyFolder(recent, [])).toBe('');
});
