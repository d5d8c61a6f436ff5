/** npm passes a Ctrl+C on although the terminal has sent it to everybody: two within this time are one, ms. */
const sameSignalMs = 500;
/** How often it is looked whether npm is still there, ms. */
const parentMs = 1_000;

/** Calls `onSignal` with 1, 2, … for each time the user asks the program to end. */
export function onEndSignals(onSignal: (count: number) => void): void {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  const signalled = () => {
    const now = performance.now();
    if (now - last < sameSignalMs) return;
    last = now;
    count += 1;
    onSignal(count);
  };
  // Without a terminal there is none to be closed, and a listener would undo what nohup does.
  const signals = process.stdout.isTTY ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : endSignals;
  for (const signal of signals) process.on(signal, signalled);
  if (process.env.npm_lifecycle_event !== undefined) onceOrphaned(signalled);
}

const endSignals = ['SIGINT', 'SIGTERM'] as const;

/** A signal to npm alone ends npm and its shell, who do not pass it on. On Windows a parent keeps its number. */
function onceOrphaned(listener: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    listener();
  }, parentMs).unref();
}
