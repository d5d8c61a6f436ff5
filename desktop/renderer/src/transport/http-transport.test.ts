import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Event } from '@agentfleet/contract';
import { afterEach, expect, test, vi } from 'vitest';
import { HttpTransport } from './http-transport.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
  vi.unstubAllGlobals();
});

/** A transport to a real HTTP server that answers with `handler`. */
async function connect(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handler);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return new HttpTransport(fetch, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function frame(seq: number): string {
  const event = {
    seq,
    kind: 'assistant',
    message: `line ${seq}`,
    data: null,
    at: '2026-11-23T21:00:00.000Z',
  };
  return `id: ${seq}\ndata: ${JSON.stringify(event)}\n\n`;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function follow(transport: HttpTransport, after = 0) {
  const seqs: number[] = [];
  const ended = new Promise((resolve) => {
    const onBatch = (events: readonly Event[]) => seqs.push(...events.map((event) => event.seq));
    closers.push(transport.followEvents('clrabcdefgh', after, onBatch, resolve));
  });
  return { seqs, ended };
}

test('what fails in who listens is reported as that, and the stream goes on', async () => {
  const reported: unknown[] = [];
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
  const asked: string[] = [];
  const transport = await connect((request, response) => {
    asked.push(request.url ?? '');
    if (!request.url?.includes('/events')) {
      return sendJson(response, 200, { status: 'SUCCEEDED', lastSeq: 3 });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(frame(1), () => setTimeout(() => response.end(frame(2) + frame(3)), 50));
  });
  const fault = new TypeError('x is not a function');
  const seqs: number[] = [];
  const end = await new Promise((resolve) => {
    const onBatch = (events: readonly Event[]) => {
      seqs.push(...events.map(({ seq }) => seq));
      if (seqs.length === 1) throw fault;
    };
    closers.push(transport.followEvents('clrabcdefgh', 0, onBatch, resolve));
  });
  expect(end).toEqual({ type: 'finished' });
  expect(seqs).toEqual([1, 2, 3]);
  expect(reported).toEqual([fault]);
  expect(asked.filter((url) => url.includes('/events'))).toHaveLength(1);
});

test('a stream that breaks is taken up after the last event that came, and nothing comes twice', async () => {
  const asked: (string | undefined)[] = [];
  const transport = await connect((request, response) => {
    if (!request.url?.includes('/events')) {
      return sendJson(response, 200, { status: asked.length < 2 ? 'RUNNING' : 'SUCCEEDED', lastSeq: 4 });
    }
    asked.push(request.headers['last-event-id']?.toString());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (asked.length === 1) {
      response.write(frame(1) + frame(2), () => response.destroy());
      return;
    }
    response.end(frame(2) + frame(3) + frame(4));
  });
  const { seqs, ended } = follow(transport);
  expect(await ended).toEqual({ type: 'finished' });
  expect(seqs).toEqual([1, 2, 3, 4]);
  expect(asked).toEqual(['0', '2']);
});

test('events behind a gap are not shown before the missing ones were fetched', async () => {
  let connections = 0;
  const transport = await connect((request, response) => {
    if (!request.url?.includes('/events')) {
      return sendJson(response, 200, { status: 'SUCCEEDED', lastSeq: 3 });
    }
    connections += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(connections === 1 ? frame(1) + frame(3) : frame(2) + frame(3));
  });
  const { seqs, ended } = follow(transport);
  await ended;
  expect(seqs).toEqual([1, 2, 3]);
});

test('a run that is not there ends the following with the server’s reason', async () => {
  const transport = await connect((_request, response) =>
    sendJson(response, 404, { error: { code: 'NOT_FOUND', message: 'No such run' } }),
  );
  const end = await follow(transport).ended;
  expect(end).toMatchObject({ type: 'failed', error: { code: 'NOT_FOUND', message: 'No such run' } });
});

test('while the server cannot be reached the page hears of it, and of its return', async () => {
  let calls = 0;
  const transport = await connect((request, response) => {
    calls += 1;
    if (calls === 1) request.socket.destroy();
    else sendJson(response, 200, { data: [] });
  });
  const heard: boolean[] = [];
  transport.onReachable((reachable) => heard.push(reachable));
  await expect(transport.listRunners()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await transport.listRunners();
  expect(heard).toEqual([true, false, true]);
});

test('unsafe requests carry the CSRF token of the session, safe ones do not', async () => {
  const tokens: (string | undefined)[] = [];
  const transport = await connect((request, response) => {
    tokens.push(request.headers['agentfleet-csrf']?.toString());
    sendJson(response, 200, { csrfToken: 'secret', data: [] });
  });
  await transport.me();
  await transport.cancelRun('clrabcdefgh');
  await transport.listRunners();
  expect(tokens).toEqual([undefined, 'secret', undefined]);
});

test('a session that ended under the page is told once it is noticed; asking who is signed in is no such case', async () => {
  const transport = await connect((_request, response) =>
    sendJson(response, 401, { error: { code: 'UNAUTHORIZED', message: 'Authentication required' } }),
  );
  let told = 0;
  transport.onSignedOut(() => {
    told += 1;
  });
  expect(await transport.me()).toBeNull();
  expect(told).toBe(0);
  await expect(transport.listRunners()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(told).toBe(1);
});

test('a creation whose answer got lost is repeated with the same Idempotency-Key', async () => {
  const keys: (string | undefined)[] = [];
  const transport = await connect((request, response) => {
    keys.push(request.headers['idempotency-key']?.toString());
    if (keys.length === 1) request.socket.destroy();
    else sendJson(response, 201, { id: 'clrabcdefgh' });
  });
  await transport.createRun({ prompt: 'hello', cwd: '/code' });
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
});

/** A server that ends a session when it is told to, and writes down what it was asked and how it answered. */
async function sessionServer({ refuses = false } = {}) {
  const answered: string[] = [];
  const held: (() => void)[] = [];
  let isOver = false;
  const transport = await connect((request, response) => {
    const path = request.url?.replace(/^\/api\/v1/, '').replace(/\?.*/, '');
    const send = (status: number, body: unknown) => {
      answered.push(`${request.method} ${path} ${status}`);
      sendJson(response, status, body);
    };
    const refuse = (status: number, code: string) => send(status, { error: { code, message: code } });
    if (request.method === 'DELETE') {
      if (refuses) return refuse(503, 'UNAVAILABLE');
      isOver = true;
      // Whatever is asked meanwhile would overtake this answer.
      setTimeout(() => send(200, {}), 50);
      return;
    }
    if (path === '/session') {
      isOver = false;
      return send(201, { csrfToken: 'token' });
    }
    if (isOver) return refuse(401, 'UNAUTHORIZED');
    if (path === '/queue') return held.push(() => send(200, {}));
    send(200, { data: [] });
  });
  const ends: string[] = [];
  transport.onSignedOut(() => ends.push('signed out'));
  return { transport, answered, held, ends };
}

test('who signs out is not told that the session ended by what was asked meanwhile', async () => {
  const { transport, answered, held, ends } = await sessionServer();
  const queue = transport.queue();
  await expect.poll(() => held.length).toBe(1);
  const signedOut = transport.signOut();
  const runners = transport.listRunners();
  const refused = expect(runners).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  held[0]?.();
  await Promise.all([queue, signedOut, refused]);
  expect(answered).toEqual(['GET /queue 200', 'DELETE /session 200']);
  expect(ends).toEqual([]);
  await transport.signIn({ apiKey: 'af_live_key' });
  expect(await transport.listRunners()).toEqual([]);
});

test('an answer that does not come does not keep anyone signed in', async () => {
  const { transport, answered, held } = await sessionServer();
  const queue = transport.queue();
  await expect.poll(() => held.length).toBe(1);
  await transport.signOut();
  expect(answered).toEqual(['DELETE /session 200']);
  held[0]?.();
  await queue;
});

test('what was asked while a session could not be ended is answered all the same', async () => {
  const { transport, answered } = await sessionServer({ refuses: true });
  const signedOut = expect(transport.signOut()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await transport.listRunners()).toEqual([]);
  await signedOut;
  expect(answered).toEqual(['DELETE /session 503', 'GET /runners 200']);
});
