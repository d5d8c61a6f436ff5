import type { Runner, RunnerState } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { placesOf, sortRunners } from './in-order.js';

const runner = (name: string, state: RunnerState, activeRuns = 0): Runner => ({
  ...{ id: `run_${name}`, name, state, online: state !== 'offline', hostname: name, platform: 'linux' },
  ...{ arch: 'x64', version: '0.1.0', agentVersion: null, directories: [], permissionModes: [] },
  ...{ maxConcurrentRuns: 4, activeRuns, pausedAt: null, pauseNote: null, lastSeenAt: '', createdAt: '' },
});

test('those that take sessions come first, then those that are there, then those that are away', () => {
  const all = [
    runner('a', 'offline'),
    runner('b', 'paused'),
    runner('d', 'online'),
    runner('c', 'online'),
    runner('e', 'draining'),
  ];
  expect(sortRunners(all).map(({ name }) => name)).toEqual(['c', 'd', 'b', 'e', 'a']);
});

test('places count where somebody is there to take them', () => {
  expect(placesOf([runner('a', 'online', 3), runner('b', 'paused', 1), runner('c', 'offline', 1)])).toBe(
    '2 of 3 online, 4 of 8 places taken',
  );
  expect(placesOf([runner('a', 'offline')])).toBe('0 of 1 online');
});
