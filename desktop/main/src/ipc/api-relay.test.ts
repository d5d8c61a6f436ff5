import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Telling } from '@agentfleet/bridge';
import { formatApiKey } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiRelay } from './api-relay.js';

const apiKey = formatApiKey(randomBytes);
const run = 'clrabcdefgh12345';

let server: Server;
let url: string;
let received: { method: string | undefined; url: string | undefined; headers: IncomingHttpHeaders }[];
let answer: (response: ServerResponse) => void;
let relay: ApiRelay;

beforeEach(async () => {
  received = [];
  server = createServer(({ method, url: path, headers }, response) => {
    received.push({ method, url: path, headers });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  relay = new ApiRelay('0.1.0', () => ({ server: url, apiKey }));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('the key is added here, and the answer comes back as it is', async () => {
  answer = (response) => response.writeHead(429, { 'retry-after': '7' }).end('{"error":{}}');
  const body = { prompt: 'go', cwd: '/code' };
  expect(await relay.request({ method: 'POST', path: '/runs', body, idempotencyKey: 'k1' })).toEqual({
    status: 429,
    retryAfter: '7',
    body: '{"error":{}}',
  });
  expect(received).toMatchObject([
    {
      method: 'POST',
      url: '/api/v1/runs',
      headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': 'k1' },
    },
  ]);
});

test('what the contract does not open to the window is never sent', async () => {
  const refused = await relay.request({ method: 'POST', path: `/runs/${run}/finish`, body: {} });
  expect(refused.status).toBe(400);
  expect(received).toEqual([]);
});

test('an image of a session comes as bytes; no other address is asked for, and nothing else passes for an image', async () => {
  const address = `/api/v1/runs/${run}/events/3/images/0`;
  const bytes = Buffer.from([0x89, 0x50, 0xff, 0x00]);
  answer = (response) => response.writeHead(200, { 'content-type': 'image/png' }).end(bytes);
  expect(await relay.image(address)).toEqual({ type: 'image/png', bytes: new Uint8Array(bytes) });
  expect(received).toMatchObject([{ url: address, headers: { authorization: `Bearer ${apiKey}` } }]);
  const others = ['/api/v1/api-keys', `${address}/..`, `/api/v1/runs/../events/3/images/0`, `${address}?x=1`];
  for (const other of others) expect(await relay.image(other), other).toBeUndefined();
  expect(received).toHaveLength(1);
  answer = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<script>');
  expect(await relay.image(address)).toBeUndefined();
  answer = (response) => response.writeHead(404, { 'content-type': 'image/png' }).end(bytes);
  expect(await relay.image(address)).toBeUndefined();
});

test('without a key nothing is sent', async () => {
  const bare = new ApiRelay('0.1.0', () => undefined);
  expect((await bare.request({ method: 'GET', path: '/me' })).status).toBe(401);
  expect(received).toEqual([]);
});

test('no answer at all has status 0', async () => {
  server.closeAllConnections();
  server.close();
  expect(await relay.request({ method: 'GET', path: '/me' })).toEqual({
    status: 0,
    retryAfter: null,
    body: '',
  });
});

test('a stream is told in pieces, whole characters, then that it ended', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const bytes = Buffer.from('data: ›\n\n');
    response.write(bytes.subarray(0, 7));
    setImmediate(() => response.end(bytes.subarray(7)));
  };
  const told: Telling[] = [];
  const ended = new Promise<void>((resolve) => {
    const request = { method: 'GET' as const, path: `/runs/${run}/events?after=2`, lastEventId: '2' };
    void relay.open(1, 'a', request, (telling) => {
      told.push(telling);
      if (telling.type === 'end') resolve();
    });
  });
  await ended;
  expect(told.flatMap((telling) => (telling.type === 'chunk' ? telling.text : [])).join('')).toBe(
    'data: ›\n\n',
  );
  expect(received[0]?.headers).toMatchObject({ accept: 'text/event-stream', 'last-event-id': '2' });
});

test('a window that is gone has its streams closed, another one’s go on', async () => {
  const open: ServerResponse[] = [];
  answer = (response) => {
    response.writeHead(200).write(': hello\n\n');
    open.push(response);
  };
  const request = { method: 'GET' as const, path: `/runs/${run}/events` };
  await relay.open(1, 'a', request, () => undefined);
  await relay.open(11, 'a', request, () => undefined);
  const [first, second] = open;
  if (!first || !second) throw new Error('two streams were opened');
  const closed = once(first, 'close');
  relay.closeAll(1);
  await closed;
  expect(second.destroyed).toBe(false);
  relay.close(11, 'a');
  await once(second, 'close');
});

/** An answer that never ends, as fast as it is read. */
const endless = (status: number, type: string) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': type });
  const piece = Buffer.alloc(1024 ** 2, ' ');
  const pour = () => {
    while (response.write(piece));
  };
  response.on('drain', pour);
  pour();
};

test('of an answer, an image and a refusal that have no end as much is read as they may be large', async () => {
  answer = endless(200, 'application/json');
  expect(await relay.request({ method: 'GET', path: '/me' })).toMatchObject({ status: 0, body: '' });
  answer = endless(200, 'image/png');
  expect(await relay.image(`/api/v1/runs/${run}/events/3/images/0`)).toBeUndefined();
  answer = endless(503, 'application/json');
  const request = { method: 'GET' as const, path: `/runs/${run}/events` };
  expect(await relay.open(1, 'a', request, () => undefined)).toMatchObject({ status: 0, body: '' });
});

test('a page that wants no end of streams and requests gets some at a time, and the server few connections', async () => {
  const open = new Set<ServerResponse>();
  let most = 0;
  answer = (response) => {
    open.add(response);
    most = Math.max(most, open.size);
    if (received.at(-1)?.url?.includes('/events')) response.writeHead(200).write(': hello\n\n');
    else
      setImmediate(() => {
        open.delete(response);
        response.end('{}');
      });
  };
  const request = { method: 'GET' as const, path: `/runs/${run}/events` };
  const names = Array.from({ length: 500 }, (_each, index) => `s${index}`);
  const streams = await Promise.all(names.map((name) => relay.open(1, name, request, () => undefined)));
  expect(streams.filter(({ status }) => status === 200)).toHaveLength(32);
  expect(streams.filter(({ status }) => status === 429)).toHaveLength(468);
  const answers = await Promise.all(names.map(() => relay.request({ method: 'GET', path: '/me' })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(500);
  expect(most).toBeLessThanOrEqual(64);
  // One that ends makes room for another, and so does one that is opened anew.
  expect((await relay.open(1, 's0', request, () => undefined)).status).toBe(200);
  relay.close(1, 's1');
  expect((await relay.open(1, 'another', request, () => undefined)).status).toBe(200);
  relay.closeAll(1);
});

test('a line of a stream that never ends is cut off, and the stream with it', async () => {
  answer = endless(200, 'text/event-stream');
  const request = { method: 'GET' as const, path: `/runs/${run}/events` };
  let length = 0;
  await new Promise<void>((resolve) => {
    void relay.open(1, 'a', request, (telling) => {
      if (telling.type === 'chunk') length += telling.text.length;
      if (telling.type === 'end') resolve();
    });
  });
  expect(length).toBeGreaterThan(15 * 1024 ** 2);
  expect(length).toBeLessThan(17 * 1024 ** 2);
});
