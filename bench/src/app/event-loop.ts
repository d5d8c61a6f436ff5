import type { IntervalHistogram } from 'node:perf_hooks';
import type { RunningApp } from '../../../desktop/e2e/electron/running-app.js';

declare global {
  /** Of the app's main process, while it is watched. */
  var eventLoop: IntervalHistogram;
}

/** How often the event loop is asked whether it moves, ms; a sample is this plus how long it stood still. */
const resolution = 5;

/** Starts to watch the event loop of the app's main process. */
export function watchEventLoop(running: RunningApp): Promise<void> {
  return running.electron.evaluate((_electron, resolution) => {
    // What is evaluated has no `require` of its own.
    const hooks = process.mainModule?.require('node:perf_hooks') as
      | typeof import('node:perf_hooks')
      | undefined;
    if (!hooks) throw new Error('the main process has no main module');
    globalThis.eventLoop = hooks.monitorEventLoopDelay({ resolution });
    globalThis.eventLoop.enable();
  }, resolution);
}

export interface Delays {
  /** How long it stood still at most, ms. */
  max: number;
  /** … and at most in 99 of 100 samples, ms. */
  p99: number;
  samples: number;
}

/** Since it was watched. */
export async function eventLoopDelays(running: RunningApp): Promise<Delays> {
  const { max, p99, samples } = await running.electron.evaluate(() => {
    const { eventLoop } = globalThis;
    eventLoop.disable();
    return { max: eventLoop.max, p99: eventLoop.percentile(99), samples: eventLoop.count };
  });
  return { max: max / 1e6 - resolution, p99: p99 / 1e6 - resolution, samples };
}

/** Throws unless the watch sees the main process stand still when it does. */
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
  const { max } = await eventLoopDelays(running);
  if (max < stillMs / 2) throw new Error(`the watch saw ${max} ms where it was ${stillMs} ms`);
}
