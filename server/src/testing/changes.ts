import { Changes } from '@agentfleet/contract';
import { expect } from 'vitest';
import type { TestServer } from './server.js';

/** What a viewer of `GET /stream` has got so far. */
export interface ChangesViewer {
  changes: Changes[];
  /** How often it was told to look at everything. */
  everything: number;
  lastId: string;
  /** All that came. */
  text: string;
  coding: string | null;
  closed: Promise<void>;
  close(): void;
  /** Resolves when something came that fits. */
  sees(fits: (changes: Changes) => boolean): Promise<void>;
}

interface Options {
  lastEventId?: string;
  past?: number;
  coding?: string;
}

/** Resolves when the stream is open. */
export async function watchChanges(
  server: Pick<TestServer, 'call'>,
  key: string,
  { lastEventId, past = 0, coding = 'identity' }: Options = {},
): Promise<ChangesViewer> {
  const closing = new AbortController();
  const headers = {
    accept: 'text/event-stream',
    'accept-encoding': coding,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  const answer = await server.call('GET', `/api/v1/stream?past=${past}`, {
    key,
    headers,
    signal: closing.signal,
  });
  if (!answer.ok || !answer.body) throw new Error(`${answer.status}: ${await answer.text()}`);
  let opened = () => {};
  const open = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const viewer: ChangesViewer = {
    changes: [],
    everything: 0,
    lastId: '',
    text: '',
    coding: answer.headers.get('content-encoding'),
    closed: read(answer.body).catch(() => undefined),
    close: () => closing.abort(),
    sees: (fits) => expect.poll(() => viewer.changes.some(fits), { timeout: 10_000 }).toBe(true),
  };
  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const text = decoder.decode(chunk as Uint8Array, { stream: true });
      viewer.text += text;
      const frames = (rest + text).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) take(frame);
    }
  }
  function take(frame: string): void {
    const field = (name: string) =>
      frame
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2) ?? '';
    viewer.lastId = field('id') || viewer.lastId;
    if (field('event') === 'open') opened();
    if (field('event') === 'everything') viewer.everything += 1;
    if (field('event') === 'changed') viewer.changes.push(Changes.parse(JSON.parse(field('data'))));
  }
  await open;
  return viewer;
}
