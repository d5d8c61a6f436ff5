import { join } from 'node:path';
import { type Plugin, runnerImport } from 'vite';
import * as z from 'zod';
import type { Shape, Shapes } from './src/transport/shapes.js';

const contract = join(import.meta.dirname, '../../contract/src/index.ts');

type JsonSchema = { [key: string]: unknown; $ref?: string; anyOf?: JsonSchema[]; oneOf?: JsonSchema[] };

/**
 * Gives the dashboard the contract's schemas of what it receives, in a few kilobytes instead of the schemas themselves with
 * the library that reads them: transport/fits.ts holds answers against them. They are made anew by every build.
 */
export function answerShapes(): Plugin {
  return {
    name: 'answer-shapes',
    resolveId: { filter: { id: /^virtual:answer-shapes$/ }, handler: (id) => `\0${id}` },
    load: {
      filter: { id: /^\0virtual:answer-shapes$/ },
      handler: async () => `export default ${JSON.stringify(await shapesOf())}`,
    },
  };
}

/** By the name of a route what it answers, and by the name of a schema what else the dashboard receives. */
export async function shapesOf(): Promise<Shapes> {
  const { module } = await runnerImport<typeof import('@agentfleet/contract')>(contract, {
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['source'] },
  });
  const { routes, Event, PartialText, ImageReference, ErrorEnvelope } = module;
  const shapes: Shapes = {};
  const add = (key: string, schema: z.ZodType) => {
    const { $defs, ...own } = z.toJSONSchema(schema, {
      io: 'output',
      unrepresentable: 'any',
    }) as JsonSchema & {
      $defs?: Record<string, JsonSchema>;
    };
    for (const [shared, definition] of Object.entries($defs ?? {})) shapes[shared] ??= shapeOf(definition);
    shapes[key] ??= shapeOf(own);
  };
  for (const [key, route] of Object.entries(routes)) {
    const isAnswer = !('runnerProtocol' in route) && !('bytes' in route);
    if (isAnswer) add(key, route.response);
  }
  for (const [key, schema] of Object.entries({ Event, PartialText, ImageReference, ErrorEnvelope }))
    add(key, schema);
  return shapes;
}

function shapeOf(schema: JsonSchema): Shape {
  const {
    $ref,
    anyOf,
    oneOf,
    enum: options,
    const: only,
    type,
    properties,
    items,
    additionalProperties,
  } = schema;
  if ($ref) return `#${$ref.split('/').at(-1)}`;
  const some = anyOf ?? oneOf;
  if (some) return { any: some.map(shapeOf) };
  if (options) return { in: options as unknown[] };
  if (only !== undefined) return { in: [only] };
  if (type === 'array') return { all: shapeOf((items ?? {}) as JsonSchema) };
  if (type === 'object' && properties) return { has: membersOf(schema) };
  if (type === 'object') return { each: shapeOf((additionalProperties || {}) as JsonSchema) };
  if (Array.isArray(type)) return { any: type as string[] };
  return typeof type === 'string' ? type : '';
}

/** What may be left out has a question mark behind its name. */
function membersOf({ properties, required = [] }: JsonSchema): Record<string, Shape> {
  const needed = new Set(required as string[]);
  const members = Object.entries(properties as Record<string, JsonSchema>);
  return Object.fromEntries(
    members.map(([key, member]) => [needed.has(key) ? key : `${key}?`, shapeOf(member)]),
  );
}
