import { expect, test } from 'vitest';
import { BackOff } from './back-off.js';
import { ControlPlaneError } from './client.js';

const asked = (retryAfterMs: number) => new ControlPlaneError(503, 'UNAVAILABLE', 'later', { retryAfterMs });

test('waits are a random part of what doubles with each try, to a limit that is small for a minute', () => {
  let now = 5_000;
  const longest = new BackOff(
    30_000,
    () => 1,
    () => now,
  );
  const waits = (count: number) => Array.from({ length: count }, () => longest.next(undefined));
  expect(waits(7)).toEqual([200, 400, 800, 1_600, 3_200, 4_000, 4_000]);
  now += 59_000;
  expect(waits(1)).toEqual([4_000]);
  now += 1_000;
  expect(waits(5)).toEqual([4_000, 8_000, 16_000, 30_000, 30_000]);
  longest.reset();
  expect(waits(6)).toEqual([200, 400, 800, 1_600, 3_200, 4_000]);
  const shortest = new BackOff(30_000, () => 0);
  expect([shortest.next(undefined), shortest.next(undefined)]).toEqual([0, 0]);
});

test.each([
  [0, 4_000],
  [60_000, 30_000],
])('many runners that lost a server at once %d ms ago do not come back to it at once', (after, most) => {
  const waits = Array.from({ length: 1_000 }, () => {
    let now = 0;
    const backOff = new BackOff(30_000, Math.random, () => now);
    backOff.next(undefined);
    now = after;
    for (let tries = 0; tries < 8; tries += 1) backOff.next(undefined);
    return backOff.next(undefined);
  });
  for (const third of [0, 1, 2]) {
    const [from, to] = [(third * most) / 3, ((third + 1) * most) / 3];
    expect(waits.filter((wait) => wait >= from && wait < to).length).toBeGreaterThan(200);
  }
});

test('nobody comes back before the server asked them to, and they are spread after that', () => {
  const [early, late] = [new BackOff(30_000, () => 0), new BackOff(30_000, () => 1)];
  expect(early.next(asked(5_000))).toBe(5_000);
  expect(late.next(asked(5_000))).toBe(5_200);
  expect(early.next(asked(24 * 3_600_000))).toBe(5 * 60_000);
});

test('a server that asks for a wait knows when it can do more: what it asks for grows to no more than twice that', () => {
  const backOff = new BackOff(30_000, () => 1);
  const waits = Array.from({ length: 8 }, () => backOff.next(asked(2_000)));
  expect(waits).toEqual([2_200, 2_400, 2_800, 3_600, 4_000, 4_000, 4_000, 4_000]);
});

test('after a success waits begin small again, and a wait ends early when it is aborted', async () => {
  const backOff = new BackOff(30_000, () => 1);
  for (let tries = 0; tries < 9; tries += 1) backOff.next(undefined);
  backOff.reset();
  expect(backOff.next(undefined)).toBe(200);
  await backOff.wait(asked(60_000), AbortSignal.abort());
});

test('a wait for a server that did not answer ends when it has answered somebody; one that it asked for does not', async () => {
  const back = new AbortController();
  const backOff = new BackOff(60_000, () => 1_000);
  const away = backOff.wait(new ControlPlaneError(0, 'UNREACHABLE', 'away'), undefined, back.signal);
  const leaving = new AbortController();
  let isOver = false;
  const told = backOff.wait(asked(60_000), leaving.signal, back.signal).then(() => {
    isOver = true;
  });
  back.abort();
  await away;
  expect(isOver).toBe(false);
  leaving.abort();
  await told;
});
