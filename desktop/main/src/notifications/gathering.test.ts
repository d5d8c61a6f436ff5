import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Announcement } from './decide.js';
import { Gathering, together } from './gathering.js';

const finished = (title: string): Announcement => ({
  ...{ kind: 'finished', title: 'Session finished', body: title, path: `/sessions/${title}` },
});
const failed: Announcement = {
  kind: 'failed',
  title: 'Session failed',
  body: 'fix it\nno',
  path: '/sessions/f',
};
const waiting: Announcement = { kind: 'waiting', title: 'Waiting', body: 'Bash ls', path: '/sessions/w' };

let shown: Announcement[];
let gathering: Gathering;
beforeEach(() => {
  vi.useFakeTimers();
  shown = [];
  gathering = new Gathering((announcement) => shown.push(announcement));
});
afterEach(() => vi.useRealTimers());

test('one that is alone is shown at once and as it is', () => {
  gathering.announce(failed);
  expect(shown).toEqual([failed]);
  vi.advanceTimersByTime(60_000);
  gathering.announce(failed);
  expect(shown).toEqual([failed, failed]);
});

test('72 that end within a few seconds are three notifications, not 72', () => {
  for (let number = 1; number <= 72; number += 1) {
    gathering.announce(finished(`task ${number}`));
    vi.advanceTimersByTime(60);
  }
  vi.advanceTimersByTime(60_000);
  expect(shown.length).toBeLessThanOrEqual(3);
  const told = shown.reduce((sum, { title }) => sum + Number(/(\d+) finished/.exec(title)?.[1] ?? 1), 0);
  expect(told).toBe(72);
});

test('a stream that goes on for an hour is told of once a minute', () => {
  for (let second = 0; second < 3_600; second += 1) {
    gathering.announce(finished('again'));
    vi.advanceTimersByTime(1_000);
  }
  expect(shown.length).toBeLessThanOrEqual(66);
});

test('several say how many of what, what needs a person first, and lead to the list', () => {
  expect(together([finished('a'), failed, finished('b'), waiting, finished('c')])).toEqual({
    kind: 'waiting',
    title: 'Sessions: 1 waiting for your approval, 1 failed, 3 finished',
    body: 'Bash ls\nfix it · no\na\nand 2 more',
    path: '/sessions',
  });
  expect(together([])).toBeUndefined();
});

test('what is over before it was said is not said', () => {
  gathering.announce(failed);
  gathering.announce(waiting);
  gathering.withdraw(({ path }) => path === '/sessions/w');
  vi.advanceTimersByTime(60_000);
  expect(shown).toEqual([failed]);
});
