/** npm passes a Ctrl+C on although the terminal has sent it to everybody: two within this time are one, ms. */
const sameSignalMs = 500;

/** Calls `onSignal` with 1, 2, … for each time the user asks the program to end. */
export function onEndSignals(onSignal: (count: number) => void): void {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - last < sameSignalMs) return;
      last = now;
      count += 1;
      onSignal(count);
    });
  }
}
