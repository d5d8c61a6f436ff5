import { Agent, type IncomingMessage, request } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ErrorEnvelope, type Route, refusalsOf, routes } from '@agentfleet/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApiDocument } from '../openapi/openapi.js';
import { defaultPace } from '../server.js';
import { Live } from '../testing/fuzz/live.js';
import { type Asked, type Document, requestsOf } from '../testing/fuzz/requests.js';
import { asText } from '../testing/fuzz/values.js';
import { startTestServer, type TestServer } from '../testing/server.js';

// .ci/run sends many more; a failure says with which seed it is found again.
const seed = Number(process.env.FUZZ_SEED ?? 1);
const count = Number(process.env.FUZZ_REQUESTS ?? 500);
const batch = 100;
const atOnce = 4;
/** Nothing waits longer on purpose, ms. */
const patienceMs = 40_000;
/** What the process may hold more at the end than when it had warmed up, bytes. */
const mostGrowth = 48 * 1024 * 1024;

let server: TestServer;
let live: Live;
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
beforeAll(async () => {
  // Nobody is to wait long for a runner that says nothing.
  server = await startTestServer({ pace: { ...defaultPace, inquiryMs: 50 } });
  live = new Live(server);
});
afterAll(async () => {
  agent.destroy();
  await server.close();
});

interface Answered {
  status: number;
  type: string;
  text: string;
}

function bodyOf({ body, spoilt, inOrder }: Asked): Buffer | undefined {
  if (body === undefined) return undefined;
  const bytes = Buffer.from(JSON.stringify(live.fill(inOrder ? live.inOrder(body) : body)));
  if (spoilt === 'cut') return bytes.subarray(0, bytes.length - 1);
  if (spoilt === 'doubled') return Buffer.concat([bytes, bytes]);
  return spoilt === 'not utf-8' ? Buffer.concat([bytes, Buffer.from([0xff])]) : bytes;
}

function send(asked: Asked): Promise<Answered> {
  const query = asked.query
    .map(([name, value]) => `${encode(name)}=${encode(asText(live.fill(value)))}`)
    .join('&');
  const path = (live.fill(asked.path) as string) + (query && `?${query}`);
  const headers: Record<string, string> = { authorization: `Bearer ${server.key}`, ...asked.headers };
  if (asked.spoilt === 'gzip that is none') headers['content-encoding'] = 'gzip';
  const body = bodyOf(asked);
  if (body) headers['content-length'] = String(body.length);
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path, { method: asked.method, agent, headers });
    sent.setTimeout(patienceMs, () => sent.destroy(new Error('no answer came')));
    sent.on('error', reject).on('response', (response) => read(response).then(resolve, reject));
    sent.end(body);
  });
}

/** A head that is too large is refused before it is known that there may be no body. */
const isSpoken = (asked: Asked, error: Error) =>
  asked.method === 'HEAD' && error.message.startsWith('Parse Error');

const encode = (text: string) => encodeURIComponent(text.toWellFormed());

async function read(response: IncomingMessage): Promise<Answered> {
  const answered = { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '' };
  if (answered.type === 'text/event-stream') {
    response.destroy();
    return { ...answered, text: '' };
  }
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return { ...answered, text };
}

/** What is wrong with an answer; undefined where nothing is. */
function faultOf(asked: Asked, { status, type, text }: Answered): string | undefined {
  // The runner of these requests answers nothing that it is asked.
  const isSilent = asked.route === 'listFolders' && status === 504;
  if (status >= 500 && !isSilent) return `it was answered ${status} ${text}`;
  // Beside the API lie pages, for who asks for them.
  const isPage = type.startsWith('text/html') && asked.headers.accept === 'text/html';
  if (asked.method === 'HEAD' || type === 'text/event-stream' || isPage) return undefined;
  if (status >= 400) {
    const refusal = ErrorEnvelope.safeParse(JSON.parse(text));
    if (refusal.error) return `the refusal is no envelope: ${text}`;
    const { code } = refusal.data.error;
    const isTold =
      ['NOT_FOUND', 'METHOD_NOT_ALLOWED'].includes(code) || refusalsOf(routes[asked.route]).includes(code);
    return asked.method === routes[asked.route].method && !isTold ? `nobody was told of ${text}` : undefined;
  }
  const route: Route = routes[asked.route];
  if (asked.method !== route.method || route.bytes) return undefined;
  if (status === route.done) return text === '' ? undefined : `${status} with ${text}`;
  const { error } = route.response.safeParse(JSON.parse(text));
  return error && `the answer does not fit its schema: ${error.message} ${text.slice(0, 1_000)}`;
}

async function ask(asked: Asked): Promise<void> {
  const answered = await send(asked).catch((error: Error) => ({
    status: isSpoken(asked, error) ? 431 : 599,
    type: '',
    text: error.message,
  }));
  if (asked.route === 'appendEvents') live.note(answered.text);
  const fault = faultOf(asked, answered);
  if (fault) throw new Error(`${fault}\nseed ${seed}: ${JSON.stringify(asked)}`);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test(
  'no request that anybody could make up is answered 5xx, waits for ever or is remembered',
  async () => {
    const requests = requestsOf(openApiDocument('1.0.0') as unknown as Document);
    let warm = 0;
    for (let sent = 0; sent < count; sent += batch) {
      await live.ensure();
      if (warm === 0 && sent >= count / 4) warm = held();
      const left = fc.sample(requests, { seed: seed + sent, numRuns: batch });
      const sending = Array.from({ length: atOnce }, async () => {
        for (let asked = left.pop(); asked; asked = left.pop()) await ask(asked);
      });
      await Promise.all(sending);
      // The log is ours, and would be all that grows.
      expect(server.logged.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
      server.logged.length = 0;
    }
    expect(held() - warm).toBeLessThan(mostGrowth);
  },
  60_000 + count * 50,
);
