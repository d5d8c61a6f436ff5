import { expect, test } from 'vitest';
import { OtherOrgs } from './other-orgs.js';

test('an org has the server for itself until another one asks, and again ten seconds after that', () => {
  let ms = 5;
  const others = new OtherOrgs(() => ms);
  expect(others.areHere('a')).toBe(false);
  others.seen('a');
  expect(others.areHere('a')).toBe(false);
  others.seen('b');
  others.seen('a');
  others.seen('a');
  expect([others.areHere('a'), others.areHere('b'), others.areHere('c')]).toEqual([true, true, true]);
  ms += 9_999;
  others.seen('a');
  expect([others.areHere('a'), others.areHere('b')]).toEqual([true, true]);
  ms += 1;
  expect([others.areHere('a'), others.areHere('b')]).toEqual([false, true]);
});
