import {
  type ErrorCode,
  ErrorEnvelope,
  errorCodes,
  headers,
  isRevalidated,
  type Route,
  refusalsOf,
} from '@agentfleet/contract';
import type { Components, JsonSchema } from './components.js';

/** The headers that answers have. */
export const answerHeaders = {
  RequestId: { description: 'Finds the request in the server’s log', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds until it is worth trying again', schema: { type: 'integer' } },
  IdempotentReplayed: {
    description: '`true` when the answer is that of an earlier request with the same key',
    schema: { type: 'string', enum: ['true'] },
  },
  ETag: {
    description: 'Of the content: sent again as If-None-Match, it is answered 304 while nothing has changed',
    schema: { type: 'string' },
  },
  Authenticate: { description: 'How to authenticate', schema: { type: 'string', enum: ['Bearer'] } },
};

const refer = (name: keyof typeof answerHeaders) => ({ $ref: `#/components/headers/${name}` });
const everywhere = { [headers.requestId]: refer('RequestId') };
const moreHeaders: Record<number, object | undefined> = {
  401: { 'WWW-Authenticate': refer('Authenticate') },
  429: { 'Retry-After': refer('RetryAfter') },
  503: { 'Retry-After': refer('RetryAfter') },
  507: { 'Retry-After': refer('RetryAfter') },
};

const descriptions = { 200: 'Done', 201: 'Created', 202: 'Begun: it is done when its time comes' };

/** What a route answers when all is well, and every status with which it may refuse. */
export function responsesOf(route: Route, components: Components, example: unknown): Record<string, object> {
  const replayed = route.idempotent && { [headers.idempotentReplay]: refer('IdempotentReplayed') };
  const kept = isRevalidated(route) && { ETag: refer('ETag') };
  return {
    [route.status]: {
      description: descriptions[route.status],
      headers: { ...everywhere, ...replayed, ...kept },
      content: contentOf(route, components, example),
    },
    ...(route.done && {
      [route.done]: { description: 'Done: nothing is left to tell', headers: everywhere },
    }),
    ...(kept && {
      304: { description: 'As it was: see If-None-Match', headers: { ...everywhere, ...kept } },
    }),
    ...refusals(route, components),
  };
}

function contentOf(route: Route, components: Components, example: unknown): object {
  if (route.bytes) {
    const bytes = { schema: { type: 'string', format: 'binary' } };
    return Object.fromEntries(route.bytes.map((type) => [type, bytes]));
  }
  const json = { schema: components.answered(route.response), ...(example !== undefined && { example }) };
  if (route.stream === 'only') return { 'text/event-stream': changesStream };
  return { 'application/json': json, ...(route.stream && { 'text/event-stream': eventsStream }) };
}

/** OpenAPI 3.1 has no words for what a stream consists of. */
const changesStream: JsonSchema = {
  schema: {
    type: 'string',
    description:
      'Server-sent events, each with an id: `Last-Event-ID` goes on after it. `event: open` comes first: from now on nothing is missed. `event: changed` has Changes as its data. `event: everything` says that it is not known what changed, so that everything is to be read again. The data of both others is `{}`. Lines that begin with a colon only keep the connection open.',
  },
  example:
    'id: x4k2m9qa-7\nevent: open\ndata: {}\n\nid: x4k2m9qa-8\nevent: changed\ndata: {"runs":["clr8f3kq2"],"runners":["run_7g5hj3kd"]}\n\n',
};
const eventsStream: JsonSchema = {
  schema: {
    type: 'string',
    description:
      'Server-sent events. `event: event` has an Event as its data and its seq as its id: `Last-Event-ID` goes on after it. With `?partial=1`, `event: partial` has a PartialText and no id. `event: end` has `{"status"}` of the run that ended, or `{"deleted":true}`; then the stream ends. Lines that begin with a colon only keep the connection open.',
  },
  example:
    'id: 1\nevent: event\ndata: {"seq":1,"kind":"system","message":"session started","data":null,"at":"2026-11-24T09:30:01.000Z"}\n\nevent: end\ndata: {"status":"SUCCEEDED"}\n\n',
};

function refusals(route: Route, components: Components): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of refusalsOf(route)) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { 'application/json': { schema: components.answered(ErrorEnvelope) } };
  const entries = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${errorCodes[code].meaning}`).join('\n\n'),
      headers: { ...everywhere, ...moreHeaders[status] },
      content,
    },
  ]);
  return Object.fromEntries(entries);
}
