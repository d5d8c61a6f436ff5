import { afterEach, expect, test, vi } from 'vitest';
import { saysUnlocked, watchKeychain } from './keychain-watch.js';

afterEach(() => vi.useRealTimers());

test('a keychain is looked at while one waits for it, and told of once it is open', async () => {
  vi.useFakeTimers();
  let [wanted, open] = [false, false];
  const onOpen = vi.fn();
  const isOpen = vi.fn(async () => open);
  const stop = watchKeychain('linux', () => wanted, onOpen, isOpen);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(isOpen).not.toHaveBeenCalled();
  wanted = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(onOpen).not.toHaveBeenCalled();
  open = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(onOpen).toHaveBeenCalledTimes(1);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(onOpen).toHaveBeenCalledTimes(1);
});

test('only the answer that it is not locked counts', () => {
  expect(saysUnlocked('(<false>,)\n')).toBe(true);
  for (const answer of ['(<true>,)', '', '(true,)', 'Error']) expect(saysUnlocked(answer)).toBe(false);
});
