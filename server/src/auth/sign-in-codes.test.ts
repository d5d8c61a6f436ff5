import { expect, test } from 'vitest';
import { SignInCodes } from './sign-in-codes.js';

test('a code is good once, for its own key, and for ten minutes', () => {
  const clock = { now: 0 };
  const codes = new SignInCodes(() => clock.now);
  const [used, late, other] = [codes.issue('key_1'), codes.issue('key_1'), codes.issue('key_2')];
  expect(codes.redeem('nothing that was issued')).toBeUndefined();
  expect(codes.redeem(used)).toBe('key_1');
  expect(codes.redeem(used)).toBeUndefined();
  clock.now += 10 * 60_000 - 1;
  expect(codes.redeem(other)).toBe('key_2');
  clock.now += 1;
  expect(codes.redeem(late)).toBeUndefined();
});
