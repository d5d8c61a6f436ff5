import { apiBase, ErrorEnvelope, errorCodes, headers, type Route, routes } from '@agentfleet/contract';
import { extendZodWithOpenApi, OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import * as z from 'zod';

extendZodWithOpenApi(z);

/** The OpenAPI 3.1 document, generated from the contract's table of routes. */
export function openApiDocument(version: string) {
  const registry = new OpenAPIRegistry();
  const key = registry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' });
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    registry.registerPath({
      operationId,
      method: route.method.toLowerCase() as 'get' | 'post' | 'delete',
      path: apiBase + route.path.replace(/:(\w+)/g, '{$1}'),
      summary: route.summary,
      description: describe(route),
      tags: [route.tag],
      security: route.scope === 'public' ? [] : [{ [key.name]: [] }],
      request: {
        ...(route.params && { params: route.params }),
        ...(route.query && { query: route.query }),
        ...(route.body && {
          body: { required: true, content: { 'application/json': { schema: route.body } } },
        }),
        ...(route.idempotent && { headers: z.object({ [headers.idempotencyKey]: z.string().optional() }) }),
      },
      responses: {
        [route.status]: {
          description: 'Done',
          content: {
            'application/json': { schema: route.response },
            ...(route.stream && { 'text/event-stream': { schema: z.string() } }),
          },
        },
        default: {
          description: 'An error',
          content: { 'application/json': { schema: ErrorEnvelope } },
        },
      },
    });
  }
  const meanings = Object.entries(errorCodes).map(
    ([code, { status, meaning }]) => `- \`${code}\` (${status}): ${meaning}`,
  );
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'AgentFleet API',
      version,
      description: `Run and monitor Claude Code sessions from anywhere.\n\nErrors:\n${meanings.join('\n')}`,
    },
    servers: [{ url: '/' }],
  });
}

function describe(route: Route): string {
  const scope = route.scope === 'any' ? 'Any valid key.' : `Scope \`${route.scope}\`.`;
  const idempotent = route.idempotent ? ` Honours \`${headers.idempotencyKey}\`.` : '';
  return (route.scope === 'public' ? 'Needs no key.' : scope) + idempotent;
}
