import { expect, test } from 'vitest';
import type { RunnerState } from '../sql/claim-runs.js';
import type { Head } from '../sql/queue-heads.js';
import { type Candidate, match, pairKey } from './match.js';

const head = (runId: string, more: Partial<Head> = {}): Head => ({
  runId,
  pinnedTo: null,
  permissionMode: 'default',
  cwdKey: `/code/${runId}`,
  sharedCwd: false,
  ...more,
});
const candidate = (runnerId: string, more: Partial<RunnerState> = {}, free = 4): Candidate => ({
  free,
  state: {
    runnerId,
    pausedAt: null,
    platform: 'linux',
    directoryKeys: ['/code'],
    permissionModes: ['default'],
    maxConcurrentRuns: 4,
    orgLimit: null,
    facts: 'f',
    active: null,
    commands: null,
    ...more,
  },
});
const working = (cwdKey: string, sharedCwd = false) =>
  ({
    runId: `clr_${cwdKey}`,
    cwdKey,
    sharedCwd,
    status: 'RUNNING',
    token: `att_${cwdKey}`,
    watched: false,
  }) as const;
const matched = (heads: Head[], candidates: Candidate[], refused = new Set<string>()) =>
  match(heads, candidates, refused).map((pair) => `${pair.head.runId} to ${pair.candidate.state.runnerId}`);

test('runs are spread over the runners with the fewest sessions, longest waiting first among equals', () => {
  const runners = [
    candidate('busy', { active: [working('/code/x')] }),
    candidate('first'),
    candidate('second'),
  ];
  expect(matched([head('a'), head('b'), head('c')], runners)).toEqual([
    'a to first',
    'b to second',
    'c to busy',
  ]);
});

test('nobody is given more than it asked for, nor more than it may run', () => {
  expect(matched([head('a'), head('b')], [candidate('one', {}, 1)])).toEqual(['a to one']);
  const full = candidate('full', { maxConcurrentRuns: 1, active: [working('/code/x')] });
  expect(matched([head('a')], [full])).toEqual([]);
});

test('two sessions share a directory only when both agree', () => {
  const both = [head('a', { cwdKey: '/code' }), head('b', { cwdKey: '/code' })];
  expect(matched(both, [candidate('one')])).toEqual(['a to one']);
  expect(matched(both, [candidate('one'), candidate('two')])).toEqual(['a to one', 'b to two']);
  const shared = both.map((run) => ({ ...run, sharedCwd: true }));
  expect(matched(shared, [candidate('one')])).toEqual(['a to one', 'b to one']);
  expect(matched(shared, [candidate('one', { active: [working('/code')] })])).toEqual([]);
});

test('sessions that share a directory do not overtake one that waits for it alone', () => {
  const alone = head('alone', { cwdKey: '/code' });
  const shared = head('shared', { cwdKey: '/code', sharedCwd: true });
  const elsewhere = head('elsewhere', { sharedCwd: true });
  const busy = candidate('one', { active: [working('/code', true)] });
  expect(matched([alone, shared, elsewhere], [busy])).toEqual(['elsewhere to one']);
  expect(matched([shared, alone], [busy])).toEqual(['shared to one']);
  expect(matched([alone, shared], [busy, candidate('two')])).toEqual(['alone to two', 'shared to one']);
});

test('a run goes only where its directory, its mode and its pin allow', () => {
  expect(matched([head('a', { cwdKey: '/code-evil' })], [candidate('one')])).toEqual([]);
  expect(matched([head('a', { permissionMode: 'plan' })], [candidate('one')])).toEqual([]);
  const pinned = head('a', { pinnedTo: 'two', cwdKey: '/elsewhere', permissionMode: 'plan' });
  expect(matched([pinned], [candidate('one'), candidate('two')])).toEqual(['a to two']);
  expect(matched([pinned], [candidate('two', { pausedAt: new Date() })])).toEqual([]);
  const mac = candidate('mac', { platform: 'darwin', directoryKeys: ['/Users/ann'] });
  expect(matched([head('a', { cwdKey: '/users/Ann/code' })], [mac])).toEqual(['a to mac']);
});

test('a pair that was refused is not tried again, the next runner is', () => {
  const one = candidate('one');
  const refused = new Set([pairKey({ head: head('a'), state: one.state })]);
  expect(matched([head('a')], [one, candidate('two')], refused)).toEqual(['a to two']);
});
