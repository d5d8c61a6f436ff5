import { useCallback, useSyncExternalStore } from 'react';

interface Clock {
  now: number;
  listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | undefined;
}

/** One timer for everybody who looks as often. */
const clocks = new Map<number, Clock>();

/** The time in milliseconds since 1970, renewed every `everyMs`; ages and durations are drawn from it. */
export function useNow(everyMs: number): number {
  const clock = clockOf(everyMs);
  const subscribe = useCallback((listener: () => void) => listen(clock, everyMs, listener), [clock, everyMs]);
  return useSyncExternalStore(subscribe, () => clock.now);
}

function clockOf(everyMs: number): Clock {
  let clock = clocks.get(everyMs);
  if (!clock) {
    clock = { now: Date.now(), listeners: new Set(), timer: undefined };
    clocks.set(everyMs, clock);
  }
  // Nobody looked for a while: it stood still.
  if (clock.timer === undefined && Date.now() - clock.now > everyMs) clock.now = Date.now();
  return clock;
}

function listen(clock: Clock, everyMs: number, listener: () => void): () => void {
  clock.listeners.add(listener);
  clock.timer ??= setInterval(() => {
    clock.now = Date.now();
    for (const each of clock.listeners) each();
  }, everyMs);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size > 0) return;
    clearInterval(clock.timer);
    clock.timer = undefined;
  };
}
