import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lateTimer } from './late-timer.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('it fires when its time has come', () => {
  const step = vi.fn();
  lateTimer(step, 5_000);
  vi.advanceTimersByTime(4_999);
  expect(step).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(step).toHaveBeenCalledOnce();
});

test('after a time in which the process stood still it waits for what came meanwhile, which may take it back', () => {
  const [late, taken] = [vi.fn(), vi.fn()];
  const clock = vi.spyOn(performance, 'now');
  clock.mockReturnValue(0);
  lateTimer(late, 5_000);
  const takeBack = lateTimer(taken, 5_000);
  clock.mockReturnValue(25_000);
  vi.advanceTimersByTime(5_000);
  expect(late).not.toHaveBeenCalled();
  takeBack();
  vi.advanceTimersByTime(1_000);
  expect(late).toHaveBeenCalledOnce();
  expect(taken).not.toHaveBeenCalled();
  clock.mockRestore();
});
