import * as z from 'zod';
import { queryInt, queryList } from './lists.js';
import { Instant, JsonObject, storableText } from './text.js';

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
      description:
        'The full structured payload; `truncated` in it says what was cut and how long it was. An image in it has a reference as its source (ImageReference)',
    }),
    at: Instant.meta({ description: 'When it happened, by the runner’s clock' }),
  })
  .meta({ id: 'Event' });
export type Event = z.infer<typeof Event>;

/** One page of a log, oldest first. */
export const EventsPage = z
  .strictObject({
    data: z.array(Event),
    hasMore: z.boolean().meta({
      description: 'Whether more are stored: after the last of these, or with ?before= before the first',
    }),
  })
  .meta({ id: 'EventsPage' });
export type EventsPage = z.infer<typeof EventsPage>;

/** Largest serialised `data` of one event in bytes that the server accepts; the runner cuts well below it. */
export const maxEventDataBytes = 4 * 1024 * 1024;
/** Most events in one append. */
export const maxEventsPerAppend = 1_000;

export const EventsQuery = z.strictObject({
  after: queryInt(0, Number.MAX_SAFE_INTEGER).default(0).meta({
    description: 'Only events with a greater seq (default 0: from the beginning)',
  }),
  limit: queryInt(1, 1_000).default(500).meta({ description: 'At most this many, 1 to 1000 (default 500)' }),
  before: queryInt(1, Number.MAX_SAFE_INTEGER).optional().meta({
    description:
      'Instead of after: the newest events with a smaller seq, oldest first; a number past the end reads the newest ones. Never waits',
  }),
  tools: queryList(z.string().regex(/^[A-Za-z0-9_.:-]{1,200}$/))
    .optional()
    .meta({
      description:
        'Only calls of these tools by the session itself, not by its subagents, and their results: names, comma-separated. Not for text/event-stream; never waits',
    }),
  wait: queryInt(0, 30).default(0).meta({
    description: 'Seconds to wait for the next event when there is none yet, 0 to 30 (default 0)',
  }),
  partial: z.enum(['0', '1']).default('0').meta({
    description:
      'With text/event-stream: 1 also brings `event: partial`, the text of a message while it is produced (PartialText). They have no id and are not stored; the whole text comes as an event',
  }),
});
export type EventsQuery = z.infer<typeof EventsQuery>;

/** Longest text of one message that travels while it is produced, in characters; what is longer comes whole. */
export const maxPartialChars = 256 * 1024;
/** Most characters in one piece of it. */
export const maxPartialPieceChars = 64 * 1024;

/** What says of which text a piece is, and where in it. */
export const partialPlace = {
  block: z
    .int()
    .positive()
    .meta({ description: 'Counts the texts of an attempt: a new one replaces the one before' }),
  kind: z.enum(['assistant', 'thinking']),
  afterSeq: z.int().nonnegative().meta({
    description:
      'seq of the newest event when the text began. The first event after it that the session itself says (assistant, thinking, tool_use, result, error; not those of a subagent, which have data.parent_tool_use_id) ends the text: it is in the log now, or was given up',
  }),
  offset: z
    .int()
    .nonnegative()
    .max(maxPartialChars)
    .meta({ description: 'Where this piece begins, in UTF-16 code units' }),
};

/** A piece of a text that is being produced, as viewers get it: what they have up to `offset` stays, this follows. */
export const PartialText = z
  .strictObject({ ...partialPlace, text: z.string().max(maxPartialChars) })
  .meta({ id: 'PartialText' });
export type PartialText = z.infer<typeof PartialText>;
