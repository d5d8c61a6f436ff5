import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { HttpClient } from './http-client.js';
import { TransportError } from './transport.js';

/** A stream that was silent for so long is taken for dead, ms: the server says every 15 s that it lives. */
const silenceMs = 45_000;

interface Connection {
  http: HttpClient;
  path: string;
  lastEventId: string | undefined;
  /** Ends it. */
  stopped: AbortSignal;
  /** Told once the server has answered. */
  onOpen: () => void;
  /** Gets what came together. @returns whether the connection is to be closed */
  onEvents: (events: readonly EventSourceMessage[]) => boolean;
}

/** Reads one connection of server-sent events to its end. Rejects with a `TransportError`. */
export async function readServerEvents(asked: Connection): Promise<void> {
  const connection = new AbortController();
  const close = () => connection.abort();
  asked.stopped.addEventListener('abort', close);
  if (asked.stopped.aborted) close();
  let silence = setTimeout(close, silenceMs);
  try {
    const response = await asked.http.open({
      path: asked.path,
      headers: {
        Accept: 'text/event-stream',
        ...(asked.lastEventId !== undefined && { 'Last-Event-ID': asked.lastEventId }),
      },
      signal: connection.signal,
    });
    asked.onOpen();
    if (!response.body) return;
    let received: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => received.push(event) });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || asked.stopped.aborted) return;
      clearTimeout(silence);
      silence = setTimeout(close, silenceMs);
      received = [];
      parser.feed(value);
      if (received.length > 0 && asked.onEvents(received)) return;
    }
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw new TransportError('UNREACHABLE', 'The connection to the server broke.');
  } finally {
    clearTimeout(silence);
    asked.stopped.removeEventListener('abort', close);
    connection.abort();
  }
}

/** What fails in whoever listens is no fault of the connection: it is reported, and the stream goes on. */
export function told(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    reportError(error);
  }
}
