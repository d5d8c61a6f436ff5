import { expect, test } from 'vitest';
import { ApiError } from '../errors.js';
import { Crowd } from './crowd.js';

/** So many come for the org at once. @returns those who got in, and how long the others are told to stay away, s */
function come(crowd: Crowd, orgId: string, count: number) {
  const inside: (() => void)[] = [];
  const told: number[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    try {
      inside.push(crowd.enter(orgId));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      expect(error.status).toBe(503);
      told.push(error.retryAfterSec ?? 0);
    }
  }
  return { inside, told };
}

test('as many are let in as can be answered within three seconds at the pace of the last one', () => {
  let ms = 0;
  const crowd = new Crowd(() => ms);
  const first = come(crowd, 'a', 5_000);
  expect(first.inside.length).toBe(901);
  // Five hundred a second.
  for (const leave of first.inside.splice(0, 500)) leave();
  ms += 1_000;
  const second = come(crowd, 'a', 5_000);
  expect(first.inside.length + second.inside.length).toBe(1_501);
  // The pace falls to a hundred.
  for (const leave of first.inside.splice(0, 100)) leave();
  ms += 1_000;
  expect(come(crowd, 'a', 100).inside).toEqual([]);
});

test('few get in however slow everything is, and more once they are answered', () => {
  let ms = 0;
  const crowd = new Crowd(() => ms);
  const { inside } = come(crowd, 'a', 299);
  ms += 60_000;
  expect(come(crowd, 'a', 1).told).toEqual([]);
  for (const leave of inside) leave();
  ms += 60_000;
  expect(come(crowd, 'a', 300).told).toEqual([]);
});

test('who is sent away is told a time of his own, longer where more are there', () => {
  let ms = 0;
  const randoms = [0, 0.25, 0.5, 0.999];
  let nth = 0;
  const crowd = new Crowd(
    () => ms,
    () => randoms[nth++ % randoms.length] ?? 0,
  );
  const { inside } = come(crowd, 'a', 901);
  expect(come(crowd, 'a', 4).told).toEqual([1, 2, 4, 7]);
  // None is answered for long.
  ms += 1_000;
  inside.pop()?.();
  ms += 1_000;
  expect(come(crowd, 'a', 4).told).toEqual([1, 3, 6, 10]);
});

test('an org that has its share there is sent away, one that has less gets in', () => {
  const crowd = new Crowd(() => 0);
  come(crowd, 'loud', 2_000);
  const honest = come(crowd, 'honest', 20);
  expect(honest.told).toEqual([]);
  expect(come(crowd, 'loud', 5).inside).toEqual([]);
  for (const leave of [...honest.inside, ...honest.inside]) leave();
  expect(come(crowd, 'loud', 5).inside).toEqual([]);
  expect(come(crowd, 'other', 5).told).toEqual([]);
});
