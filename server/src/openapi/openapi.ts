import {
  apiBase,
  EnrolmentSecret,
  ErrorEnvelope,
  headers,
  type Route,
  type RouteName,
  routes,
} from '@agentfleet/contract';
import * as z from 'zod';
import { examples } from './examples.js';
import { introduction, sections } from './introduction.js';

type JsonSchema = Record<string, unknown>;

/** The OpenAPI 3.1 document, generated from the contract's table of routes. */
export function openApiDocument(version: string) {
  const components = new Components();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    const path = apiBase + route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(operationId, route, components);
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
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(operationId: string, route: Route, components: Components) {
  const example = examples[operationId as RouteName];
  const answer = {
    schema: components.add(route.response, 'output'),
    ...(example && { example: example.response }),
  };
  const scope = route.scope === 'any' ? 'Any valid key.' : `Scope \`${route.scope}\`.`;
  const idempotent = route.idempotent ? ` Honours \`${headers.idempotencyKey}\`.` : '';
  return {
    operationId,
    summary: route.summary,
    description: (route.scope === 'public' ? 'Needs no key.' : scope) + idempotent,
    tags: [route.tag],
    security: route.scope === 'public' ? [] : [{ apiKey: [] }],
    parameters: [
      ...parameters(route.params, 'path', components),
      ...parameters(route.query, 'query', components),
      ...(route.idempotent
        ? [{ name: headers.idempotencyKey, in: 'header', schema: { type: 'string' } }]
        : []),
      ...(route.runnerProtocol
        ? [
            { name: headers.runnerProtocol, in: 'header', required: true, schema: { type: 'string' } },
            { name: headers.runnerInstance, in: 'header', schema: { type: 'string', maxLength: 64 } },
          ]
        : []),
      ...(route === routes.registerRunner
        ? [{ name: headers.enrolment, in: 'header', schema: components.add(EnrolmentSecret, 'input') }]
        : []),
    ],
    ...(route.body && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: components.add(route.body, 'input'),
            ...(example?.request && { example: example.request }),
          },
        },
      },
    }),
    responses: {
      [route.status]: {
        description: 'Done',
        content: route.bytes
          ? Object.fromEntries(route.bytes.map((type) => [type, {}]))
          : {
              'application/json': answer,
              ...(route.stream && { 'text/event-stream': { schema: { type: 'string' } } }),
            },
      },
      default: {
        description: 'An error',
        content: { 'application/json': { schema: components.add(ErrorEnvelope, 'output') } },
      },
    },
  };
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query', components: Components) {
  if (!schema) return [];
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...rest } = components.add(field as z.ZodType, 'input');
    return {
      name,
      in: place,
      required: place === 'path',
      ...(description ? { description } : {}),
      schema: rest,
    };
  });
}

/** The shared schemas: those with an id in the contract, each once. */
class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The schema of a place in the document; what has an id in it becomes a reference. */
  add(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;
    const { $schema: _dialect, $defs, ...own } = relocate(made) as JsonSchema;
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) {
      this.#keep(componentName(name), definition);
    }
    if (typeof own.id !== 'string') return own;
    this.#keep(own.id, own);
    return { $ref: `#/components/schemas/${own.id}` };
  }

  #keep(name: string, { id: _id, ...definition }: JsonSchema): void {
    this.schemas[name] ??= definition;
  }
}

/** zod numbers what refers to itself without an id; any JSON value is the only such thing in the contract. */
const componentName = (name: string) => (name.startsWith('__schema') ? 'Json' : name);

/** References within one schema become references into the document. */
function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const local =
        key === '$ref' && typeof inner === 'string' ? /^#\/\$defs\/(.+)$/.exec(inner)?.[1] : undefined;
      return [key, local === undefined ? relocate(inner) : `#/components/schemas/${componentName(local)}`];
    }),
  );
}
