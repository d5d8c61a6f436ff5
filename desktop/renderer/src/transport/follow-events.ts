import { type Event, isFinal, type PartialText } from '@agentfleet/contract';
import { checked } from './answers.js';
import { pause, pauseMs } from './backoff.js';
import { ContiguousLog } from './contiguous.js';
import type { HttpClient } from './http-client.js';
import { inSight, whileInSight } from './in-sight.js';
import { readServerEvents, told } from './server-events.js';
import { type FollowEnd, TransportError } from './transport.js';

interface Follow {
  http: HttpClient;
  runId: string;
  after: number;
  onBatch: (events: readonly Event[]) => void;
  onEnd: (end: FollowEnd) => void;
  onPartial: ((piece: PartialText) => void) | undefined;
  /** Told after every success and failure to reach the server. */
  reached: (error?: TransportError) => void;
}

/**
 * Follows a log as server-sent events, each with its seq as id, and takes up again where it broke
 * (Last-Event-ID), while the page is in sight. The server closes the stream after the last event of a run that ended; whether it did, or
 * the connection merely broke, the run itself tells.
 * @returns stop
 */
export function followEvents(follow: Follow): () => void {
  const stopped = new AbortController();
  void run(follow, stopped.signal).then((end) => {
    if (!stopped.signal.aborted) follow.onEnd(end);
  });
  return () => stopped.abort();
}

async function run(follow: Follow, stopped: AbortSignal): Promise<FollowEnd> {
  const log = new ContiguousLog(follow.after);
  let failures = 0;
  for (;;) {
    await inSight(stopped);
    if (stopped.aborted) break;
    const before = log.lastSeq;
    const sight = whileInSight(stopped);
    let retryAfterMs = 0;
    try {
      await readLog(follow, log, sight.signal);
      if (sight.signal.aborted) continue;
      const path = `/runs/${follow.runId}?logs=0`;
      const { status, lastSeq } = await follow.http.json('getRun', { path });
      follow.reached();
      if (isFinal(status) && log.lastSeq >= lastSeq) return { type: 'finished' };
    } catch (error) {
      if (sight.signal.aborted) continue;
      if (!(error instanceof TransportError)) throw error;
      follow.reached(error);
      if (!error.isTransient) return { type: 'failed', error };
      retryAfterMs = (error.retryAfterSec ?? 0) * 1_000;
    } finally {
      sight.end();
    }
    failures = log.lastSeq > before ? 1 : failures + 1;
    await pause(pauseMs(failures, retryAfterMs), stopped);
  }
  return { type: 'finished' };
}

/** Reads one connection to its end; returns also when it must be opened again because something is missing. */
function readLog(follow: Follow, log: ContiguousLog, stopped: AbortSignal): Promise<void> {
  return readServerEvents({
    http: follow.http,
    path: `/runs/${follow.runId}/events?after=${log.lastSeq}${follow.onPartial ? '&partial=1' : ''}`,
    lastEventId: String(log.lastSeq),
    stopped,
    onOpen: () => follow.reached(),
    onEvents: (received) => {
      const events = received.flatMap(({ event, data }) => (event === 'partial' ? [] : readEvent(data)));
      const { fresh, gap } = log.accept(events);
      if (fresh.length > 0) told(() => follow.onBatch(fresh));
      if (gap) return true;
      for (const { event, data } of received) {
        if (event === 'partial') told(() => follow.onPartial?.(checked('PartialText', JSON.parse(data))));
      }
      return false;
    },
  });
}

/** A message that is not an event of the log (a note of a newer server) is passed over. */
function readEvent(data: string): Event[] {
  const value: unknown = JSON.parse(data);
  const isEvent = typeof value === 'object' && value !== null && 'seq' in value && 'kind' in value;
  return isEvent ? [checked<Event>('Event', value)] : [];
}
