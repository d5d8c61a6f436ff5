import * as z from 'zod';
import { queryInt } from './lists.js';
import { JsonObject, storableText, Timestamp } from './text.js';

export const EventKind = z.enum([
  'system',
  'assistant',
  'thinking',
  'tool_use',
  'tool_result',
  'result',
  'error',
]);
export type EventKind = z.infer<typeof EventKind>;

/** One line of a session's log. `seq` is 1..n per run, without a gap. */
export const Event = z
  .strictObject({
    seq: z.int().positive(),
    kind: EventKind,
    message: storableText(4_000).meta({ description: 'One readable line, e.g. Edit src/app.ts' }),
    data: JsonObject.nullable().meta({
      description: 'The full structured payload; `truncated` in it says what was cut and how long it was',
    }),
    at: Timestamp.meta({ description: 'When it happened, by the runner’s clock' }),
  })
  .meta({ id: 'Event' });
export type Event = z.infer<typeof Event>;

/** Largest serialised `data` of one event in bytes that the server accepts; the runner cuts well below it. */
export const maxEventDataBytes = 4 * 1024 * 1024;
/** Most events in one append. */
export const maxEventsPerAppend = 1_000;

export const EventsQuery = z.strictObject({
  after: queryInt(0, Number.MAX_SAFE_INTEGER).default(0).meta({
    description: 'Only events with a greater seq (default 0: from the beginning)',
  }),
  limit: queryInt(1, 1_000).default(500).meta({ description: 'At most this many, 1 to 1000 (default 500)' }),
  wait: queryInt(0, 30).default(0).meta({
    description: 'Seconds to wait for the next event when there is none yet, 0 to 30 (default 0)',
  }),
});
export type EventsQuery = z.infer<typeof EventsQuery>;
