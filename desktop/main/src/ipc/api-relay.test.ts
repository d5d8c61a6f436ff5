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
