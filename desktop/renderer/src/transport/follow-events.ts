import { type Event, isFinal, type PartialText, type Run } from '@agentfleet/contract';
import { createParser } from 'eventsource-parser';
import { pause, pauseMs } from './backoff.js';
import { ContiguousLog } from './contiguous.js';
import type { HttpClient } from './http-client.js';
import { type FollowEnd, TransportError } from './transport.js';

/** A stream that was silent for so long is taken for dead and opened again, in milliseconds. */
const silenceMs = 60_000;

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
 * (Last-Event-ID). The server closes the stream after the last event of a run that ended; whether it did, or
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
  while (!stopped.aborted) {
    const before = log.lastSeq;
    let retryAfterMs = 0;
    try {
      await readStream(follow, log, stopped);
      const path = `/runs/${follow.runId}?logs=0`;
      const { status, lastSeq } = await follow.http.json<Run>({ path });
      follow.reached();
      if (isFinal(status) && log.lastSeq >= lastSeq) return { type: 'finished' };
    } catch (error) {
      if (stopped.aborted) break;
      if (!(error instanceof TransportError)) throw error;
      follow.reached(error);
      if (!error.isTransient) return { type: 'failed', error };
      retryAfterMs = (error.retryAfterSec ?? 0) * 1_000;
    }
    failures = log.lastSeq > before ? 1 : failures + 1;
    await pause(Math.max(retryAfterMs, pauseMs(failures)), stopped);
  }
  return { type: 'finished' };
}

/** Reads one connection to its end; returns also when it must be opened again because something is missing. */
async function readStream(follow: Follow, log: ContiguousLog, stopped: AbortSignal): Promise<void> {
  const connection = new AbortController();
  const close = () => connection.abort();
  stopped.addEventListener('abort', close);
  let silence = setTimeout(close, silenceMs);
  try {
    const response = await follow.http.open({
      path: `/runs/${follow.runId}/events?after=${log.lastSeq}${follow.onPartial ? '&partial=1' : ''}`,
      headers: { Accept: 'text/event-stream', 'Last-Event-ID': String(log.lastSeq) },
      signal: connection.signal,
    });
    follow.reached();
    if (!response.body) return;
    let received: Event[] = [];
    let pieces: PartialText[] = [];
    const parser = createParser({
      onEvent: ({ event: name, data }) => {
        if (name === 'partial') {
          pieces.push(JSON.parse(data));
          return;
        }
        const event = readEvent(data);
        if (event) received.push(event);
      },
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || stopped.aborted) return;
      clearTimeout(silence);
      silence = setTimeout(close, silenceMs);
      received = [];
      pieces = [];
      parser.feed(value);
      const { fresh, gap } = log.accept(received);
      if (fresh.length > 0) told(() => follow.onBatch(fresh));
      if (gap) return;
      for (const piece of pieces) told(() => follow.onPartial?.(piece));
    }
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw new TransportError('UNREACHABLE', 'The connection to the server broke.');
  } finally {
    clearTimeout(silence);
    stopped.removeEventListener('abort', close);
    connection.abort();
  }
}

/** What fails in whoever listens is no fault of the connection: it is reported, and the log goes on. */
function told(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    reportError(error);
  }
}

/** A message that is not an event of the log (a note of a newer server) is passed over. */
function readEvent(data: string): Event | undefined {
  const value: unknown = JSON.parse(data);
  const isEvent = typeof value === 'object' && value !== null && 'seq' in value && 'kind' in value;
  return isEvent ? (value as Event) : undefined;
}
