import { expect, test } from 'vitest';
import { LocalWakeups } from '../db/local-wakeups.js';
import { RecentKeys, trustMs } from './recent-keys.js';

const hash = Buffer.from('the hash of a key');

function keys(find: () => Promise<string | undefined>) {
  const wakeups = new LocalWakeups();
  const clock = { now: 0 };
  const asked = { times: 0 };
  const recent = new RecentKeys(
    wakeups,
    () => {
      asked.times += 1;
      return find();
    },
    () => clock.now,
  );
  return { wakeups, clock, asked, find: () => recent.find(hash) };
}

test('a key is asked for once in a second, however often it is used', async () => {
  const { clock, asked, find } = keys(async () => 'found');
  expect([await find(), await find(), await find()]).toEqual(['found', 'found', 'found']);
  expect(asked.times).toBe(1);
  clock.now += trustMs;
  expect(await find()).toBe('found');
  expect(asked.times).toBe(2);
});

test('a key that was not found is asked for again: it may have been made meanwhile', async () => {
  let row: string | undefined;
  const { find } = keys(async () => row);
  expect(await find()).toBeUndefined();
  row = 'made';
  expect(await find()).toBe('made');
});

test('a revocation makes it ask again at once', async () => {
  let row: string | undefined = 'valid';
  const { wakeups, find } = keys(async () => row);
  expect(await find()).toBe('valid');
  row = undefined;
  wakeups.wake('keys');
  expect(await find()).toBeUndefined();
});

test('what was on its way from the database when a key was revoked is not remembered', async () => {
  let answer: (row: string | undefined) => void = () => undefined;
  const { wakeups, find } = keys(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const before = find();
  wakeups.wake('keys');
  answer('valid until a moment ago');
  expect(await before).toBe('valid until a moment ago');
  const after = find();
  answer(undefined);
  expect(await after).toBeUndefined();
});
