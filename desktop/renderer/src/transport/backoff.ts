/** Longest pause between two attempts to reach the server, in milliseconds. */
export const longestPauseMs = 15_000;

/**
 * Milliseconds to wait before attempt `failures + 1`: exponential with full jitter, so that many tabs do not
 * come back in step: where the server said when, after that.
 * @param failures how many attempts failed in a row, 1 or more
 * @param askedMs what the server asked to wait, ms
 * @param random a number from 0 (included) to 1
 */
export function pauseMs(failures: number, askedMs: number, random: () => number = Math.random): number {
  const ceiling = Math.min(longestPauseMs, 500 * 2 ** (failures - 1));
  return Math.round(askedMs + 100 + random() * ceiling);
}

/** Resolves after `ms`, at once when `signal` aborts, or when the browser says that it is online again. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      globalThis.removeEventListener?.('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    globalThis.addEventListener?.('online', done);
    if (signal.aborted) done();
  });
}
