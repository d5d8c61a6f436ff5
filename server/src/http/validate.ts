import type { Route } from '@agentfleet/contract';
import type * as z from 'zod';
import { ApiError, notFound } from '../errors.js';
import { quickCheck } from './quick-check.js';

/** Path, query and body of a request as the route's schemas read them. Throws VALIDATION_FAILED naming the field. */
export function parseInput(
  route: Route,
  params: unknown,
  query: unknown,
  body: unknown,
): { params: unknown; query: unknown; body: unknown } {
  const path = route.params?.safeParse(params);
  // An id that cannot exist answers as one that does not.
  if (path && !path.success) {
    throw notFound(
      route.path.startsWith('/api-keys') ? 'API key' : route.path.startsWith('/runners') ? 'runner' : 'run',
    );
  }
  return {
    params: path?.data,
    query: route.query ? check(route.query, query) : undefined,
    body: route.body ? check(route.body, body) : undefined,
  };
}

const quickChecks = new WeakMap<z.ZodType, ReturnType<typeof quickCheck>>();

function check(schema: z.ZodType, value: unknown): unknown {
  if (!quickChecks.has(schema)) quickChecks.set(schema, quickCheck(schema));
  if (quickChecks.get(schema)?.(value)) return value;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ApiError('VALIDATION_FAILED', result.error.issues.slice(0, 5).map(sentence).join('; '));
}

/** E.g. `prompt: must not be empty`, `unknown field: colour`. */
function sentence(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return `unknown field: ${issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(', ')}`;
  }
  return path ? `${path}: ${issue.message}` : issue.message;
}
