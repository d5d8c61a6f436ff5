import { expect, test } from 'vitest';
import { together } from './together.js';

test('what comes while the work before is done is done in one go', async () => {
  const batches: number[][] = [];
  let release: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  const double = together<number, number>({ most: 3 }, async (items) => {
    batches.push(items);
    if (batches.length === 1) await first;
    return items.map((item) => item * 2);
  });
  const all = Promise.all([1, 2, 3, 4, 5].map(double));
  release();
  expect(await all).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
});

test('one that the database refuses fails alone', async () => {
  const strict = together<number, number>({ most: 10 }, async (items) => {
    if (items.includes(3)) throw Object.assign(new Error('three'), { code: '22P02' });
    return items;
  });
  const results = await Promise.allSettled([1, 2, 3, 4].map(strict));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});

test('a database that is away is asked once, not once for each', async () => {
  let asked = 0;
  const away = together<number, number>({ most: 10 }, async () => {
    asked += 1;
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  });
  const results = await Promise.allSettled([1, 2, 3, 4].map(away));
  expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  expect(asked).toBe(2);
});
