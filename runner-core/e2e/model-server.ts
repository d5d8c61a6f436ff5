import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One thing the model says or does. A list of them is one message, streamed in order. */
export type Reply =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string }
  /** One text or thought in pieces; a promise in between is waited for. */
  | { type: 'pieces'; of: 'text' | 'thinking'; pieces: (string | Promise<unknown>)[] }
  | { type: 'tool_use'; name: string; input: Record<string, unknown> }
  /** ms to wait before what follows. */
  | { type: 'delay'; ms: number }
  /** Goes on when the test lets it. */
  | { type: 'gate'; opened: Promise<unknown> }
  /** Says nothing more and keeps the connection open until the caller or the server goes. */
  | { type: 'hang' }
  /** HTTP headers of the answer. */
  | { type: 'headers'; headers: Record<string, string> }
  /** An HTTP error instead of a message: no message goes with it. */
  | { type: 'error'; status: number; message: string };

/** What a session asked the model, as far as scripts need it. */
export interface ModelRequest {
  model: string;
  messages: { role: string; content: unknown }[];
  system: unknown;
  tools: { name: string }[];
}

export type Script = (request: ModelRequest) => Reply[] | Promise<Reply[]>;

/** What the model of a file of specs says; a spec puts its own words here. */
export class Model {
  script: Script = () => [text('done')];

  says(script: Script): void {
    this.script = script;
  }
}

export interface ModelServer {
  /** e.g. `http://127.0.0.1:43121` */
  url: string;
  /** Every request the script answered, oldest first. */
  requests: ModelRequest[];
  /** Ends hanging answers too. */
  close(): Promise<void>;
}

export const text = (said: string): Reply => ({ type: 'text', text: said });
export const thinking = (thought: string): Reply => ({ type: 'thinking', thinking: thought });
export const pieces = (of: 'text' | 'thinking', ...all: (string | Promise<unknown>)[]): Reply => ({
  type: 'pieces',
  of,
  pieces: all,
});
export const toolUse = (name: string, input: Record<string, unknown>): Reply => ({
  type: 'tool_use',
  name,
  input,
});
export const delay = (ms: number): Reply => ({ type: 'delay', ms });
export const gate = (opened: Promise<unknown>): Reply => ({ type: 'gate', opened });
export const hang = (): Reply => ({ type: 'hang' });
export const headers = (all: Record<string, string>): Reply => ({ type: 'headers', headers: all });
export const failure = (status: number, message: string): Reply => ({ type: 'error', status, message });

/**
 * The headers in which the API tells how much of a plan is used. Claude Code reads them where it is logged in to a
 * plan: with `CLAUDE_CODE_OAUTH_TOKEN` instead of `ANTHROPIC_API_KEY`.
 * @param resetsAt unix seconds
 */
export function planUsage(
  status: 'allowed' | 'allowed_warning' | 'rejected',
  resetsAt: number,
  utilization = status === 'rejected' ? 1 : 0.83,
): Reply {
  const prefix = 'anthropic-ratelimit-unified';
  return headers({
    [`${prefix}-status`]: status,
    [`${prefix}-reset`]: String(resetsAt),
    [`${prefix}-representative-claim`]: 'five_hour',
    [`${prefix}-5h-utilization`]: String(utilization),
    [`${prefix}-5h-reset`]: String(resetsAt),
    [`${prefix}-7d-utilization`]: '0.4',
    [`${prefix}-7d-reset`]: String(resetsAt + 86_400),
    ...(status === 'allowed' ? {} : { [`${prefix}-5h-surpassed-threshold`]: '0.8' }),
    ...(status === 'rejected' ? { 'x-should-retry': 'false' } : {}),
  });
}

/** How many messages of the model a session holds so far: 0 when the first prompt is asked. */
export function modelMessages(request: ModelRequest): number {
  return request.messages.filter((message) => message.role === 'assistant').length;
}

/** Tokens every message counts, so that tests can state what a session used. */
export const usagePerMessage = { input_tokens: 100, output_tokens: 10 };

/**
 * A model on loopback that real Claude Code talks to: the script decides what it says to each request of a
 * session. Side calls, such as the one that names a session, are answered with a word and never reach the script.
 */
export async function startModelServer(script: Script): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'POST' || !path?.startsWith('/v1/messages')) {
      response.writeHead(request.method === 'HEAD' ? 200 : 404).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = readRequest(Buffer.concat(chunks).toString());
    if (path.endsWith('/count_tokens')) return sendJson(response, 200, { input_tokens: 100 });
    const isSession = asked.tools.length > 0;
    if (isSession) requests.push(asked);
    try {
      await stream(response, asked.model, isSession ? await script(asked) : [text('ok')]);
    } catch (error) {
      // A script that throws is a fault of the test; the session shows it as the API's error.
      if (!response.headersSent) sendError(response, 400, String(error));
      else response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * The environment in which Claude Code talks to the model server and to nothing else.
 * @param home a directory of the test's own: sessions are stored below it
 */
export function modelServerEnvironment(url: string, home: string): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'sk-ant-local',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    HOME: home,
    USERPROFILE: home,
  };
}

function readRequest(body: string): ModelRequest {
  const read: Partial<ModelRequest> = JSON.parse(body);
  return {
    model: read.model ?? 'unknown',
    messages: read.messages ?? [],
    system: read.system,
    tools: read.tools ?? [],
  };
}

let made = 0;

async function stream(response: ServerResponse, model: string, replies: Reply[]): Promise<void> {
  for (const reply of replies) {
    if (reply.type !== 'headers') continue;
    for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  }
  const first = replies.find(({ type }) => type !== 'headers');
  if (first?.type === 'error') return sendError(response, first.status, first.message);
  made += 1;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, fields: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  const message = { id: `msg_${made}`, type: 'message', role: 'assistant', model, content: [] };
  send('message_start', {
    message: {
      ...message,
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usagePerMessage, output_tokens: 0 },
    },
  });
  let index = 0;
  for (const reply of replies) {
    if (reply.type === 'delay') {
      await sleep(reply.ms);
      continue;
    }
    if (reply.type === 'gate') {
      await reply.opened;
      continue;
    }
    if (reply.type === 'hang') return;
    const block = blockOf(reply, index);
    if (!block) continue;
    send('content_block_start', { index, content_block: block.empty });
    for await (const delta of block.deltas) if (delta) send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
    index += 1;
  }
  const stopReason = replies.some((reply) => reply.type === 'tool_use') ? 'tool_use' : 'end_turn';
  send('message_delta', {
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage: { output_tokens: usagePerMessage.output_tokens },
  });
  send('message_stop', {});
  response.end();
}

/** A content block as it opens, and the deltas that fill it. */
function blockOf(
  reply: Reply,
  index: number,
): { empty: object; deltas: (object | Promise<undefined>)[] } | undefined {
  switch (reply.type) {
    case 'text':
      return { empty: { type: 'text', text: '' }, deltas: [{ type: 'text_delta', text: reply.text }] };
    case 'thinking':
      return {
        empty: { type: 'thinking', thinking: '', signature: '' },
        deltas: [
          { type: 'thinking_delta', thinking: reply.thinking },
          { type: 'signature_delta', signature: 'local' },
        ],
      };
    case 'pieces': {
      const isText = reply.of === 'text';
      const deltaOf = (piece: string) =>
        isText ? { type: 'text_delta', text: piece } : { type: 'thinking_delta', thinking: piece };
      const deltas = reply.pieces.map((piece) =>
        typeof piece === 'string' ? deltaOf(piece) : piece.then(() => undefined),
      );
      const empty = isText ? { text: '' } : { thinking: '', signature: '' };
      return { empty: { type: reply.of, ...empty }, deltas };
    }
    case 'tool_use':
      return {
        empty: { type: 'tool_use', id: `toolu_${made}_${index}`, name: reply.name, input: {} },
        deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(reply.input) }],
      };
    default:
      return undefined;
  }
}

function sendError(response: ServerResponse, status: number, message: string): void {
  const type = status === 429 ? 'rate_limit_error' : 'invalid_request_error';
  sendJson(response, status, { type: 'error', error: { type, message } });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
