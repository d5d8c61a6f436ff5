import { type Route, type RouteName, routes } from '@agentfleet/contract';
import * as z from 'zod';

/**
 * The control API as the renderer may use it: the main process adds the key and sends the request. What is
 * relayed is decided by the contract's table of routes, never by an address the renderer names.
 */
export const ApiRequest = z.strictObject({
  method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']),
  /** Below `/api/v1`, with its query. */
  path: z
    .string()
    .max(20_000)
    .regex(/^\/[A-Za-z0-9]/),
  body: z.json().optional(),
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional(),
  lastEventId: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  ifNoneMatch: z
    .string()
    .regex(/^W\/"[\w-]{1,64}"$/)
    .optional(),
});
export type ApiRequest = z.infer<typeof ApiRequest>;

export const ApiAnswer = z.strictObject({
  /** HTTP status; 0 when no answer came. */
  status: z.int().min(0).max(599),
  retryAfter: z.string().max(100).nullable(),
  etag: z.string().max(100).optional(),
  body: z.string(),
});
export type ApiAnswer = z.infer<typeof ApiAnswer>;

/** Names a stream; chosen by the renderer, unique within its window. */
export const StreamId = z.string().regex(/^[a-z0-9]{1,32}$/);

/**
 * The window's key takes the place of a cookie session, and only runners speak the runner protocol. Computers are let in where
 * somebody signed in as a person, and what they are given is the main process's.
 */
const notRelayed: readonly RouteName[] = [
  'createBrowserSession',
  'getBrowserSession',
  'deleteBrowserSession',
  'startSignIn',
  'pollSignIn',
  'getSignIn',
  'decideSignIn',
  'openWindow',
];

export type Relayed = { ok: true; name: RouteName; route: Route } | { ok: false; problem: string };

/** Finds the route a request means, and checks its path, query and body against the contract. */
export function relayedRoute({ method, path, body }: ApiRequest): Relayed {
  const [pathname = '', query = ''] = path.split('?', 2);
  const segments = pathname.split('/');
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const closed = route.runnerProtocol || route.bytes || notRelayed.includes(name);
    if (route.method !== method || closed) continue;
    const params = match(route.path.split('/'), segments);
    if (!params) continue;
    const problem =
      problemOf(route.params, params) ??
      problemOf(route.query, Object.fromEntries(new URLSearchParams(query))) ??
      problemOf(route.body, body);
    return problem ? { ok: false, problem } : { ok: true, name, route };
  }
  return { ok: false, problem: `${method} ${pathname} is not open to the window` };
}

function match(template: string[], segments: string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}

function problemOf(schema: z.ZodType | undefined, value: unknown): string | undefined {
  const parsed = schema?.safeParse(value);
  return parsed?.success === false ? z.prettifyError(parsed.error) : undefined;
}
