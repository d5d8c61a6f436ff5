import type { Changes } from '@agentfleet/contract';
import { checked } from './answers.js';
import { pause, pauseMs } from './backoff.js';
import type { HttpClient } from './http-client.js';
import { inSight, whileInSight } from './in-sight.js';
import { readServerEvents, told } from './server-events.js';
import { type ChangesListener, TransportError } from './transport.js';

/** How long a request may be on its way, ms: what was read is that much older than its answer. */
const slackMs = 1_000;
/** The longest past that the server is asked for, ms. */
const mostPastMs = 60_000;
/** How often everything is looked at where the server has no stream for us, ms. */
const withoutMs = 10_000;

/** The pause grows for so many failures: whoever waits for the server wants to see it as soon as it is back. */
const mostDoublings = 3;

interface Follow extends ChangesListener {
  http: HttpClient;
  /** Since when the page has read what it shows, ms by `performance.now()`. */
  since: number;
  /** Told after every success and failure to reach the server. */
  reached: (error?: TransportError) => void;
}

/**
 * Follows what changes in the org, as long as the page is in sight, and goes on where it broke. Where the server refuses,
 * as an older one does or one whose key has as many streams as it may, everything counts as changed every now and then.
 * @returns stop
 */
export function followChanges(follow: Follow): () => void {
  const stopped = new AbortController();
  void run(follow, stopped.signal);
  return () => stopped.abort();
}

async function run(follow: Follow, stopped: AbortSignal): Promise<void> {
  let lastEventId: string | undefined;
  let failures = 0;
  for (;;) {
    await inSight(stopped);
    if (stopped.aborted) return;
    const sight = whileInSight(stopped);
    const past = Math.ceil(performance.now() - follow.since) + slackMs;
    let pauseFor = 0;
    try {
      await readServerEvents({
        http: follow.http,
        path: `/stream?past=${lastEventId === undefined ? Math.min(past, mostPastMs) : 0}`,
        lastEventId,
        stopped: sight.signal,
        onOpen: () => {
          follow.reached();
          failures = 0;
          if (lastEventId === undefined && past > mostPastMs) told(follow.everything);
        },
        onEvents: (events) => {
          for (const { id, event, data } of events) {
            lastEventId = id ?? lastEventId;
            if (event === 'everything') told(follow.everything);
            if (event === 'changed')
              told(() => follow.changed(checked<Changes>('streamChanges', JSON.parse(data))));
          }
          return false;
        },
      });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (!sight.signal.aborted) {
        follow.reached(error);
        if (error.code === 'UNAUTHORIZED') return;
        if (error.code !== 'UNREACHABLE') {
          pauseFor = Math.max(withoutMs, (error.retryAfterSec ?? 0) * 1_000);
          told(follow.everything);
        }
      }
    } finally {
      sight.end();
    }
    if (sight.signal.aborted) continue;
    failures += 1;
    await pause(pauseMs(Math.min(failures, mostDoublings), pauseFor), stopped);
  }
}
