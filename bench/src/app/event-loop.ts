import type { RunningApp } from '../../../desktop/e2e/electron/running-app.js';

/** One turn of the main process's event loop that came late, and what its thread did meanwhile, ms. */
export interface Standstill {
  /** How much later than it should have come. */
  total: number;
  /** On a processor. */
  worked: number;
  /** Ready to go on while the system had no core free for it, or for the thread that wakes it. */
  waited: number;
}

export interface Watched {
  samples: number;
  /** 99 of 100 turns were not later than this, ms. */
  p99: number;
  longest: Standstill;
  /** The most processor time between two turns, ms: no other program takes part in it. */
  mostWork: number;
  /** Whether the system tells what a thread did; only Linux does. */
  isExplained: boolean;
}

declare global {
  /** Stops the watch over the app's main process. */
  var stopWatch: () => Watched;
}

/** How often the event loop is asked whether it moves, ms. */
const everyMs = 5;

/** Starts to watch the event loop of the app's main process. */
export function watchEventLoop(running: RunningApp): Promise<void> {
  return running.electron.evaluate((_electron, everyMs) => {
    // What is evaluated has no `require` of its own.
    const fs = process.mainModule?.require('node:fs') as typeof import('node:fs') | undefined;
    if (!fs) throw new Error('the main process has no main module');
    const tasks = '/proc/self/task';
    const bytes = Buffer.alloc(256);
    /** Of a thread since it began, ms: on a processor, and ready without one. */
    const read = (file: number): { worked: number; waited: number } => {
      const text = bytes.toString('latin1', 0, fs.readSync(file, bytes, 0, bytes.length, 0));
      const [worked = 0, waited = 0] = text.split(' ').map((nanoseconds) => Number(nanoseconds) / 1e6);
      return { worked, waited };
    };
    const textOf = (path: string) => fs.readFileSync(path, 'utf8').trim();
    const own = String(process.pid);
    const isExplained = fs.existsSync(`${tasks}/${own}/schedstat`);
    // Another thread sleeps until something happens and then wakes the main one, in whose loop Chromium's own runs too:
    // nameless, as the main one, and asleep in epoll.
    const wakers = isExplained
      ? fs
          .readdirSync(tasks)
          .filter(
            (task) => task !== own && textOf(`${tasks}/${task}/comm`) === textOf(`${tasks}/${own}/comm`),
          )
          .filter((task) => textOf(`${tasks}/${task}/wchan`).includes('ep_poll'))
      : [];
    const open = (task: string) => fs.openSync(`${tasks}/${task}/schedstat`, 'r');
    const files = isExplained ? [own, ...wakers].map(open) : [];
    const readAll = () => {
      const [main = { worked: 0, waited: 0 }, ...others] = files.map(read);
      return { worked: main.worked, waited: others.reduce((sum, { waited }) => sum + waited, main.waited) };
    };

    const turns: Standstill[] = [];
    let before = { at: performance.now(), ...readAll() };
    const timer = setInterval(() => {
      const now = { at: performance.now(), ...readAll() };
      const total = Math.max(0, now.at - before.at - everyMs);
      // It may also have waited while nothing was late yet.
      const waited = Math.min(total, now.waited - before.waited);
      turns.push({ total, worked: now.worked - before.worked, waited });
      before = now;
    }, everyMs);

    globalThis.stopWatch = () => {
      clearInterval(timer);
      for (const file of files) fs.closeSync(file);
      const byTotal = turns.sort((a, b) => a.total - b.total);
      const none = { total: 0, worked: 0, waited: 0 };
      return {
        samples: turns.length,
        p99: byTotal[Math.floor(turns.length * 0.99)]?.total ?? 0,
        longest: byTotal.at(-1) ?? none,
        mostWork: Math.max(...turns.map(({ worked }) => worked)),
        isExplained,
      };
    };
  }, everyMs);
}

/** Since it was watched. */
export function watched(running: RunningApp): Promise<Watched> {
  return running.electron.evaluate(() => globalThis.stopWatch());
}

/** Throws unless the watch sees the main process stand still when it does, and that it works meanwhile. */
export async function proveWatch(running: RunningApp): Promise<void> {
  const stillMs = 100;
  await watchEventLoop(running);
  await running.electron.evaluate(async (_electron, stillMs) => {
    // Timers of the watch have to run before and after.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + stillMs;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }, stillMs);
  const { longest, mostWork, isExplained } = await watched(running);
  if (longest.total < stillMs / 2)
    throw new Error(`the watch saw ${longest.total} ms where it was ${stillMs} ms`);
  // What is neither is sleep, and there was none.
  const explained = longest.waited + mostWork;
  if (isExplained && explained < stillMs / 2)
    throw new Error(`only ${explained} of ${stillMs} ms were explained`);
}
