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

/** How long it stood still since then: at most, and at most in 99 of 100 samples, ms. */
export async function eventLoopDelays(running: RunningApp): Promise<{ max: number; p99: number }> {
  const { max, p99 } = await running.electron.evaluate(() => {
    globalThis.eventLoop.disable();
    return { max: globalThis.eventLoop.max, p99: globalThis.eventLoop.percentile(99) };
  });
  return { max: max / 1e6 - resolution, p99: p99 / 1e6 - resolution };
}
