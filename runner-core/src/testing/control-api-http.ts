import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type ErrorCode, errorCodes, type RouteName, routes } from '@agentfleet/contract';

/** One request as it arrived. */
export interface Received {
  route: RouteName;
  id: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  /** performance.now() of its arrival. */
  at: number;
}

/** What a test lets the API answer instead of what it would. */
export interface Fault {
  status: number;
  code?: ErrorCode;
  text?: string;
  headers?: Record<string, string>;
  lastSeq?: number;
  /** Do the work and cut the connection instead of answering. */
  cut?: boolean;
}

/** Undefined where it is none of the control API's, or did not arrive whole. */
export async function receive(request: IncomingMessage): Promise<Received | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return undefined;
  }
  const raw = Buffer.concat(chunks);
  const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString('utf8');
  const path = new URL(request.url ?? '', 'http://localhost').pathname.replace('/api/v1', '');
  for (const [name, route] of Object.entries(routes)) {
    const match = new RegExp(`^${route.path.replace(':id', '([^/]+)')}$`).exec(path);
    if (!match || route.method !== request.method) continue;
    const body = text === '' ? {} : JSON.parse(text);
    const received = { route: name as RouteName, id: match[1] ?? '', headers: request.headers, body };
    return { ...received, at: performance.now() };
  }
  return undefined;
}

/** Answers a fault, or what an answer says. */
export function send(response: ServerResponse, answer: object): void {
  if (response.destroyed) return;
  const { status = 200, code, text, headers, lastSeq } = answer as Partial<Fault>;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (status === 200) response.end(text ?? JSON.stringify(answer));
  else response.end(text ?? JSON.stringify({ error: envelope(code ?? 'INTERNAL', lastSeq) }));
}

function envelope(code: ErrorCode, lastSeq: number | undefined): object {
  const message = errorCodes[code].meaning;
  return { code, message, ...(lastSeq !== undefined && { details: { lastSeq } }) };
}
