import type { Route } from '@agentfleet/contract';
import * as z from 'zod';
import { ApiError, notFound } from '../errors.js';
import { issueMessage } from './issue-message.js';
import { predicateOf } from './schema-predicate.js';

/** Path, query and body of a request as the route's schemas read them. Throws VALIDATION_FAILED naming the field. */
export function parseInput(
  route: Route,
  params: unknown,
  query: object,
  body: unknown,
): { params: unknown; query: unknown; body: unknown } {
  const path = route.params?.safeParse(params);
  // An id that cannot exist answers as one that does not.
  if (path && !path.success) throw notFound(nounOf(route, path.error));
  return {
    params: path?.data,
    query: check(route.query ?? none, onlyOnce(query), 'parameters'),
    body: route.body ? check(route.body, body) : undefined,
  };
}

/** What a route takes in its address that says nothing of it. */
const none = z.strictObject({});

/** Throws VALIDATION_FAILED on a parameter that is given several times: only one of them would count. */
function onlyOnce(query: object): object {
  const twice = Object.entries(query).find(([, value]) => Array.isArray(value));
  if (twice) throw new ApiError('VALIDATION_FAILED', `${twice[0]}: is given more than once`);
  return query;
}

type Noun = Parameters<typeof notFound>[0];
const nouns: Record<string, Noun | undefined> = {
  'api-keys': 'API key',
  runners: 'runner',
  approvals: 'approval',
  'sign-ins': 'sign-in',
};

function nounOf({ path }: Route, { issues }: z.ZodError): Noun {
  if (issues[0]?.path[0] !== 'id' && issues[0]?.path[0] !== 'code') return 'image';
  return nouns[path.split('/')[1] ?? ''] ?? 'run';
}

const predicates = new WeakMap<z.ZodType, ReturnType<typeof predicateOf>>();

function check(schema: z.ZodType, value: unknown, of: 'parameters' | 'body' = 'body'): unknown {
  if (!predicates.has(schema)) predicates.set(schema, predicateOf(schema));
  if (predicates.get(schema)?.(value)) return value;
  const result = schema.safeParse(value, { error: issueMessage });
  if (result.success) return result.data;
  throw new ApiError(
    'VALIDATION_FAILED',
    result.error.issues
      .slice(0, 5)
      .map((issue) => sentence(issue, of))
      .join('; '),
  );
}

/** E.g. `prompt: must not be empty`, `unknown field: colour`. A parameter is named as it was given, also where it is a list. */
function sentence(issue: z.core.$ZodIssue, of: 'parameters' | 'body'): string {
  const path = (of === 'parameters' ? issue.path.slice(0, 1) : issue.path).map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return `unknown field: ${issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(', ')}`;
  }
  if (path) return `${path}: ${issue.message}`;
  return issue.code === 'invalid_type' ? `The body ${issue.message}` : issue.message;
}
