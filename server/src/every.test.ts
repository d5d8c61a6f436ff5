import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { every } from './every.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Work that is under way until it is let go. */
function slowWork() {
  let begun = 0;
  let done: () => void = () => undefined;
  const work = () => {
    begun += 1;
    return new Promise<void>((resolve) => {
      done = resolve;
    });
  };
  return { work, begun: () => begun, finish: () => done() };
}

test('what is still being done when it is due again is not joined by another, and goes on at its pace afterwards', async () => {
  const slow = slowWork();
  const repeated = every(1_000, slow.work);
  await vi.advanceTimersByTimeAsync(999);
  expect(slow.begun()).toBe(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(slow.begun()).toBe(1);
  slow.finish();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(slow.begun()).toBe(2);
  slow.finish();
  await repeated.stop();
});

test('who stops it waits for what is under way, and nothing begins after that', async () => {
  const slow = slowWork();
  const repeated = every(1_000, slow.work);
  await vi.advanceTimersByTimeAsync(1_000);
  let stopped = false;
  const stopping = repeated.stop().then(() => {
    stopped = true;
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(stopped).toBe(false);
  slow.finish();
  await stopping;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(slow.begun()).toBe(1);
});
