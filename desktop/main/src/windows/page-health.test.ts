import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PageHealth } from './page-health.js';

/** A page as it is: what a look at it finds, or never, and what was done with it. */
const page = { shows: true as boolean | 'hangs', isLoaded: true, done: [] as string[] };
let health: PageHealth;
beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(page, { shows: true, isLoaded: true, done: [] });
  health = new PageHealth({
    look: () => (page.shows === 'hangs' ? new Promise(() => undefined) : Promise.resolve(page.shows)),
    isLoaded: () => page.isLoaded,
    end: () => {
      page.done.push('end');
      health.gone();
    },
    reload: () => {
      page.done.push('reload');
      page.shows = true;
    },
    renewed: (fault) => page.done.push(fault),
  });
});
afterEach(() => {
  health.close();
  vi.useRealTimers();
});

test('a page that is well is left alone, however long', async () => {
  await vi.advanceTimersByTimeAsync(3_600_000);
  health.opened();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(page.done).toEqual([]);
});

test('a page that crashed is loaded at once; one that does so again and again waits, and is loaded when it is opened', async () => {
  for (let times = 1; times <= 3; times += 1) health.gone();
  expect(page.done).toEqual(['reload', 'crashed', 'reload', 'crashed', 'reload', 'crashed']);
  health.gone();
  expect(page.done).toHaveLength(6);
  health.opened();
  expect(page.done).toHaveLength(8);
  health.gone();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(page.done).toHaveLength(10);
});

test.each([
  ['hangs', 'hung'],
  [false, 'blank'],
] as const)('a page that %s is loaded anew by itself after a while', async (shows, fault) => {
  page.shows = shows;
  await vi.advanceTimersByTimeAsync(14_000);
  expect(page.done).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(page.done).toEqual(['end', 'reload', fault]);
});

test('opened, a page that hangs is loaded anew within seconds', async () => {
  page.shows = 'hangs';
  health.opened();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(page.done).toEqual(['end', 'reload', 'hung']);
});

test('also where it is being looked at already, and however often it is opened', async () => {
  page.shows = 'hangs';
  await vi.advanceTimersByTimeAsync(16_000);
  for (let times = 1; times <= 5; times += 1) {
    health.opened();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(page.done).toEqual(['end', 'reload', 'hung']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(page.done).toHaveLength(3);
});

test('a page that misses one look, as when it is busy, is left alone, and so is one that loads', async () => {
  page.shows = 'hangs';
  await vi.advanceTimersByTimeAsync(15_000);
  page.shows = true;
  await vi.advanceTimersByTimeAsync(60_000);
  page.shows = false;
  page.isLoaded = false;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(page.done).toEqual([]);
});
