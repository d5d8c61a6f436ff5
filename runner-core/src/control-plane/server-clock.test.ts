import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ServerClock } from './server-clock.js';

const hour = 3_600_000;
/** What both clocks of this machine show at first. */
const start = Date.parse('2026-11-30T12:00:00.000Z');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout'], now: start });
});
afterEach(() => vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTime(ms);

/** Asks a server whose clock is ahead of this machine's; the answer takes so long, there and back each the half. */
function ask(clock: ServerClock, aheadMs: number, tripMs: number, monotonic = () => performance.now()): void {
  const sentAt = monotonic();
  pass(tripMs / 2);
  const serverTime = new Date(start + aheadMs + monotonic()).toISOString();
  pass(tripMs / 2);
  clock.told(serverTime, sentAt);
}

test('before the first answer it is the wall clock', () => {
  const clock = new ServerClock();
  vi.setSystemTime(start + 3 * hour);
  expect(clock.now()).toBe(start + 3 * hour);
});

test('it is the server’s time, less half of the way there and back, and known from then on', async () => {
  const clock = new ServerClock();
  let known = false;
  void clock.known.then(() => {
    known = true;
  });
  await Promise.resolve();
  expect(known).toBe(false);
  ask(clock, -2 * hour, 80);
  expect(clock.now()).toBe(start - 2 * hour + 80);
  await Promise.resolve();
  expect(known).toBe(true);
});

test('a wall clock that is set to anything changes nothing', () => {
  const clock = new ServerClock();
  ask(clock, 0, 0);
  for (const jump of [3 * hour, -48 * hour]) {
    vi.setSystemTime(start + jump);
    pass(1_000);
  }
  expect(clock.now()).toBe(start + 2_000);
});

test('the answer with the shortest way counts, until it has grown old', () => {
  const clock = new ServerClock();
  ask(clock, 0, 10);
  // Its answer took all of the time on one way: what it says is half a second wrong.
  const sentAt = performance.now();
  const serverTime = new Date(start + sentAt).toISOString();
  pass(1_000);
  clock.told(serverTime, sentAt);
  expect(clock.now()).toBe(start + 1_010);
  // The two clocks drift apart by 20 ms in an hour; a day later a way of 100 ms tells more than that of 10 ms did.
  pass(24 * hour);
  ask(clock, 480, 100);
  expect(clock.now()).toBe(start + 24 * hour + 1_110 + 480);
});

test('after a sleep in which the monotonic clock stood still, the next answer sets it right, however long it took', () => {
  const clock = new ServerClock();
  ask(clock, 0, 2);
  ask(clock, 8 * hour, 3_000);
  expect(clock.now()).toBe(start + 8 * hour + 3_002);
});

test.each([undefined, 17, 'soon', ''])('an answer that tells no time (%j) is passed over', (serverTime) => {
  const clock = new ServerClock();
  clock.told(serverTime, performance.now());
  vi.setSystemTime(start + hour);
  expect(clock.now()).toBe(start + hour);
});
