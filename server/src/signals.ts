/** npm passes a Ctrl+C on although the terminal has sent it to everybody: two within this time are one, ms. */
const sameSignalMs = 500;
/** How often it is looked whether npm is still there, ms. */
const parentMs = 1_000;

/**
 * Calls `onSignal` with 1, 2, … for each time the user asks the program to end, and with whether that is a system which stops
 * it (SIGTERM) rather than somebody who looks on. A terminal that was closed and an npm that is gone ask once, together with
 * whatever came before.
 */
export function onEndSignals(onSignal: (count: number, bySystem: boolean) => void): void {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  const next = (signal?: NodeJS.Signals) => {
    const now = performance.now();
    if (now - last < sameSignalMs) return;
    last = now;
    count += 1;
    onSignal(count, signal === 'SIGTERM');
  };
  const gone = () => {
    if (count === 0) next();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, next);
  // Who has no terminal is not meant by the closing of one: Node undoes what nohup does, so it is done again here.
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  process.on('SIGHUP', () => hasTerminal && gone());
  if (process.env.npm_lifecycle_event !== undefined) onceOrphaned(gone);
}

/** A signal to npm alone ends npm and its shell, who do not pass it on. On Windows a parent keeps its number. */
function onceOrphaned(listener: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    listener();
  }, parentMs).unref();
}
