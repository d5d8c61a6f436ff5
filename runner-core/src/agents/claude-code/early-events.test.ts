import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EarlyEvents } from './early-events.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const event = (message: string) => ({ kind: 'system' as const, message, data: null });

function anEarly() {
  const seen: string[] = [];
  return { seen, early: new EarlyEvents(({ message }) => void seen.push(message)) };
}

test('what comes before the session begins waits for it, and then follows in order', () => {
  const { seen, early } = anEarly();
  early.add(event('hook 1'));
  early.add(event('hook 2'));
  expect(seen).toEqual([]);
  early.begin([event('session started')]);
  early.add(event('later'));
  expect(seen).toEqual(['session started', 'hook 1', 'hook 2', 'later']);
});

test('nothing waits longer than two seconds, and what begins after that stands where it came', () => {
  const { seen, early } = anEarly();
  early.add(event('hook 1'));
  vi.advanceTimersByTime(1_500);
  early.add(event('hook 2'));
  vi.advanceTimersByTime(499);
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(seen).toEqual(['hook 1', 'hook 2']);
  early.add(event('hook 3'));
  early.begin([event('session started')]);
  expect(seen).toEqual(['hook 1', 'hook 2', 'hook 3', 'session started']);
});
