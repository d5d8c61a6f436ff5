import {
  apiBase,
  headers,
  isRevalidated,
  PartialText,
  type Route,
  type RouteName,
  routes,
} from '@agentfleet/contract';
import type * as z from 'zod';
import { sessionCookie } from '../auth/authenticator.js';
import { Components } from './components.js';
import { examples } from './examples.js';
import { introduction, sections } from './introduction.js';
import { answerHeaders, responsesOf } from './responses.js';

/** The OpenAPI 3.1 document, generated from the contract's table of routes. */
export function openApiDocument(version: string) {
  const components = new Components();
  const all = Object.entries<Route>(routes);
  // Answers first: what is sent has another name where both differ.
  const responses = new Map(
    all.map(([name, route]) => [name, responsesOf(route, components, examples[name as RouteName]?.response)]),
  );
  components.answered(PartialText);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, route] of all) {
    const path = apiBase + route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = {
      ...operation(operationId, route, components),
      responses: responses.get(operationId),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AgentFleet API',
      version,
      description: introduction,
    },
    servers: [{ url: '/' }],
    tags: sections,
    paths,
    components: {
      schemas: components.schemas,
      headers: answerHeaders,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: af_live_…' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: sessionCookie,
          description: `A signed-in browser; what it changes also needs the header ${headers.csrf}`,
        },
      },
    },
  };
}

function operation(operationId: string, route: Route, components: Components) {
  const example = examples[operationId as RouteName]?.request;
  const scope = route.scope === 'any' ? 'Any valid key.' : `Scope \`${route.scope}\`.`;
  return {
    operationId,
    summary: route.summary,
    description: route.scope === 'public' ? 'Needs no key.' : scope,
    tags: [route.tag],
    security: route.scope === 'public' ? [] : [{ apiKey: [] }, { session: [] }],
    parameters: [
      ...parameters(route.params, 'path', components),
      ...parameters(route.query, 'query', components),
      ...headersOf(route),
    ],
    ...(route.body && {
      requestBody: {
        // What needs no field needs no body.
        required: !route.body.safeParse({}).success,
        content: {
          'application/json': { schema: components.sent(route.body), ...(example && { example }) },
        },
      },
    }),
  };
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query', components: Components) {
  if (!schema) return [];
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...read } = components.read(field as z.ZodType);
    return {
      name,
      in: place,
      required: place === 'path',
      ...(description ? { description } : {}),
      ...(read.type === 'array' && { style: 'form', explode: false }),
      schema: read,
    };
  });
}

const text = { type: 'string' };

const lastEventId = {
  also: {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'With text/event-stream: goes on after this seq, whatever ?after= says',
    schema: { ...text, pattern: '^[0-9]{1,15}$' },
  },
  only: {
    name: 'Last-Event-ID',
    in: 'header',
    description:
      'Goes on after this event. Where that is not known any more, the first event says `everything`',
    schema: text,
  },
};

function headersOf(route: Route) {
  const { idempotent, stream, runnerProtocol, method, scope, path } = route;
  const changes = method !== 'GET' && scope !== 'public' && !runnerProtocol;
  return [
    ...(idempotent
      ? [
          {
            name: headers.idempotencyKey,
            in: 'header',
            description:
              'The same key and request within 24 hours are answered with the first response again',
            schema: { ...text, pattern: '^[!-~]{1,200}$' },
          },
        ]
      : []),
    ...(isRevalidated(route)
      ? [
          {
            name: 'If-None-Match',
            in: 'header',
            description:
              'The ETag of an earlier answer: answered 304, without content, while nothing has changed',
            schema: text,
          },
        ]
      : []),
    ...(stream ? [lastEventId[stream]] : []),
    ...(runnerProtocol
      ? [
          {
            name: headers.runnerProtocol,
            in: 'header',
            required: true,
            description: 'The version of the protocol that the runner speaks',
            schema: { type: 'integer', format: 'int32', minimum: 1 },
          },
          {
            name: headers.runnerInstance,
            in: 'header',
            description:
              'Made anew by each process of a runner, so that two that use one credential are told apart',
            schema: text,
          },
        ]
      : []),
    ...(path === routes.registerRunner.path
      ? [
          {
            name: headers.enrolment,
            in: 'header',
            description:
              'Asks for a credential of the runner’s own; sent again alike, it is answered with one in place of that',
            schema: { ...text, pattern: '^[A-Za-z0-9_-]{22,64}$' },
          },
        ]
      : []),
    ...(changes
      ? [
          {
            name: headers.csrf,
            in: 'header',
            description: 'With the cookie of a browser session: its csrfToken. Not with an API key',
            schema: text,
          },
        ]
      : []),
  ];
}
