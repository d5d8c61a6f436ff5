import { expect, test } from 'vitest';
import { together } from './together.js';

test('what is asked for at once is done in one go, and so is what comes while that is done', async () => {
  const batches: number[][] = [];
  let release: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun: () => void = () => undefined;
  const firstBegan = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const double = together<number, number>({ most: 3 }, async (items) => {
    batches.push(items);
    if (batches.length === 1) {
      begun();
      await first;
    }
    return items.map((item) => item * 2);
  });
  const atOnce = [1, 2].map(double);
  await firstBegan;
  const all = Promise.all([...atOnce, ...[3, 4, 5, 6].map(double)]);
  release();
  expect(await all).toEqual([2, 4, 6, 8, 10, 12]);
  expect(batches).toEqual([[1, 2], [3, 4, 5], [6]]);
});

test('what several wake up to ask in the same turn of the event loop is done together, however deep they lie', async () => {
  const batches: number[][] = [];
  const same = together<number, number>({ most: 10 }, async (items) => {
    batches.push(items);
    return items;
  });
  const deeper = async (depth: number): Promise<number> => {
    for (let step = 0; step < depth; step += 1) await Promise.resolve();
    return same(depth);
  };
  await Promise.all([0, 1, 5, 20].map(deeper));
  expect(batches).toEqual([[0, 1, 5, 20]]);
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
  expect(asked).toBe(1);
});

test('with two at once, what comes while the first is done is not kept waiting for it', async () => {
  const batches: number[][] = [];
  let release: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun: () => void = () => undefined;
  const firstBegan = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const double = together<number, number>({ most: 10, atOnce: 2 }, async (items) => {
    batches.push(items);
    if (items.includes(1)) {
      begun();
      await first;
    }
    return items.map((item) => item * 2);
  });
  const slow = [1, 2].map(double);
  await firstBegan;
  expect(await double(3).then(() => double(4))).toBe(8);
  release();
  expect(await Promise.all(slow)).toEqual([2, 4]);
  expect(batches).toEqual([[1, 2], [3], [4]]);
});

test('where not all fit, each party has a turn, and each has its own in order', async () => {
  const batches: string[][] = [];
  const same = together<string, string>({ most: 4, partyOf: ([party = '']) => party }, async (items) => {
    batches.push(items);
    return items;
  });
  const asked = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'b2', 'c1'];
  expect(await Promise.all(asked.map(same))).toEqual(asked);
  expect(batches).toEqual([['a1', 'b1', 'c1', 'a2'], ['b2', 'a3', 'a4', 'a5'], ['a6']]);
});
