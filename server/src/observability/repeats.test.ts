import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Repeats } from './repeats.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('what comes again and again is said at once, then counted, and said anew once it was quiet', async () => {
  const repeats = new Repeats();
  const said: string[] = [];
  const say = (key: string) => repeats.say(key, (times) => said.push(`${key} ${times}`));
  for (let count = 0; count < 1_000; count += 1) say('away');
  say('full');
  expect(said).toEqual(['away 1', 'full 1']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said).toEqual(['away 1', 'full 1', 'away 999']);
  say('away');
  say('full');
  expect(said).toEqual(['away 1', 'full 1', 'away 999', 'full 1']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said.at(-1)).toBe('away 1');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said).toHaveLength(5);
  say('away');
  expect(said).toHaveLength(6);
  expect(vi.getTimerCount()).toBe(1);
});
