import type { Event, PartialText } from '@agentfleet/contract';
import type { TestServer } from './server.js';

/** What a viewer of a run has got so far. */
export interface Viewer {
  events: Event[];
  /** `id` of each event: what `Last-Event-ID` says. */
  ids: (string | undefined)[];
  partials: PartialText[];
  /** The text that is being produced, put together as viewers do. */
  text: string;
  /** Comments between the events, by which an idle stream says that it lives. */
  heartbeats: number;
  /** Status of the run at the end of the stream. */
  end: string | undefined;
  /** Resolves when the stream has ended. */
  closed: Promise<void>;
  close(): void;
}

/** Opens the event stream of a run. @param query e.g. `?partial=1` */
export async function view(
  server: Pick<TestServer, 'call'>,
  runId: string,
  query = '',
  headers: Record<string, string> = {},
): Promise<Viewer> {
  const closing = new AbortController();
  const answer = await server.call('GET', `/api/v1/runs/${runId}/events${query}`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: closing.signal,
  });
  if (!answer.ok || !answer.body) throw new Error(`${answer.status}: ${await answer.text()}`);
  const viewer: Viewer = {
    events: [],
    ids: [],
    partials: [],
    heartbeats: 0,
    text: '',
    end: undefined,
    closed: read(answer.body).catch(() => undefined),
    close: () => closing.abort(),
  };
  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const frames = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) take(viewer, frame);
    }
  }
  return viewer;
}

function take(viewer: Viewer, frame: string): void {
  if (frame === ': heartbeat') viewer.heartbeats += 1;
  const lines = frame.split('\n');
  const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field('data');
  if (data === undefined) return;
  switch (field('event')) {
    case 'event':
      viewer.events.push(JSON.parse(data));
      viewer.ids.push(field('id'));
      break;
    case 'partial': {
      const piece: PartialText = JSON.parse(data);
      viewer.partials.push(piece);
      viewer.text = viewer.text.slice(0, piece.offset) + piece.text;
      break;
    }
    case 'end':
      viewer.end = JSON.parse(data).status;
      break;
  }
}
