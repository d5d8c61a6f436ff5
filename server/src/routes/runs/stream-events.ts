import type { Event, RunStatus } from '@agentfleet/contract';
import { ApiError } from '../../errors.js';
import { orgOf } from '../../http/caller-of.js';
import type { Context } from '../../http/context.js';
import { noteEnded, openEventStream } from '../../http/event-stream.js';
import type { Request } from '../handler.js';
import { sendPartials } from './stream-partials.js';

const eventStream = 'text/event-stream';

/** Whether the caller takes a stream, and JSON no more than that. */
export function wantsStream(context: Context): boolean {
  return context.get('Accept') !== '' && context.accepts('application/json', eventStream) === eventStream;
}

/**
 * The log as server-sent events: `id` is the seq, `Last-Event-ID` resumes after it. `event: end` carries the
 * run's status once the last event was sent, or that it was deleted; then the stream ends. The next batch is read when the viewer has
 * taken the one before, so a slow viewer holds one batch in memory. With `?partial=1` it also carries
 * `event: partial`, the text that is being produced, which has no id: it is not in the log.
 */
export async function streamEvents({
  context,
  options,
  params,
  query,
}: Request<'tailRun'>): Promise<undefined> {
  const org = orgOf(context);
  const resumed = context.get('Last-Event-ID');
  if (resumed !== '' && !/^\d{1,15}$/.test(resumed)) {
    throw new ApiError('VALIDATION_FAILED', 'Last-Event-ID: must be the seq of an event');
  }
  if (query.tools) throw new ApiError('VALIDATION_FAILED', 'tools: only without Accept: text/event-stream');
  await options.queue.status(org, params.id);
  const stream = openEventStream(context, options);
  if (!stream) return;
  const { signal } = stream;
  const stopPartials = query.partial === '1' ? sendPartials(stream, options.partials, params.id) : undefined;
  try {
    const after = resumed === '' ? query.after : Number(resumed);
    for await (const batch of options.eventLog.follow(org, params.id, after, signal)) {
      stream.send(framesOf(batch));
      await stream.taken();
    }
    if (!signal.aborted) {
      const status = await options.queue.status(org, params.id);
      stream.send(endOf({ status }));
    }
  } catch (error) {
    const isDeleted = error instanceof ApiError && error.code === 'NOT_FOUND';
    if (!signal.aborted && isDeleted) stream.send(endOf({ deleted: true }));
    else if (!signal.aborted) noteEnded(context, options, error);
  } finally {
    stopPartials?.();
    stream.end();
  }
}

/** Viewers of one run share their batches, and with them the text. */
const frames = new WeakMap<readonly Event[], string>();

function framesOf(batch: readonly Event[]): string {
  const known = frames.get(batch);
  if (known !== undefined) return known;
  const text = batch.map(frame).join('');
  frames.set(batch, text);
  return text;
}

const endOf = (what: { status: RunStatus } | { deleted: true }) =>
  `event: end\ndata: ${JSON.stringify(what)}\n\n`;

const frame = (event: Event) => `id: ${event.seq}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`;
