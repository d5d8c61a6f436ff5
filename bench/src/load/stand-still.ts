import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Api } from '../api.js';

const everyMs = 250;

/** Watches how long this process stood still. @returns the longest until now, ms */
export function watchOwnStandStill(): () => number {
  const resolution = 10;
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  return () => Math.max(0, delays.max / 1e6 - resolution);
}

/** How long the server stood still at most since it was asked the last time, ms: from its metrics, exact to 10 ms. */
export async function serverStandStill(api: Api): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1];
  return Math.max(0, Number(seconds) * 1_000 - 10);
}

/**
 * Watches how long the disk takes for a few bytes, four times a second, which every commit of the database waits for
 * too.
 * @returns ends it; the longest until then, ms
 */
export function watchDisk(): () => Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'agentfleet-disk-'));
  const file = openSync(join(directory, 'probe'), 'w');
  let longest = 0;
  let ended = false;
  const looking = (async () => {
    while (!ended) {
      writeSync(file, 'x');
      const began = performance.now();
      await promisify(fdatasync)(file);
      longest = Math.max(longest, performance.now() - began);
      await delay(everyMs);
    }
  })();
  return async () => {
    ended = true;
    await looking;
    closeSync(file);
    rmSync(directory, { recursive: true });
    return longest;
  };
}
