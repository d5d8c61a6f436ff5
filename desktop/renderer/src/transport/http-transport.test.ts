import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Event, Run } from '@agentfleet/contract';
import { afterEach, expect, test, vi } from 'vitest';
import { aRun } from '../sessions/testing.js';
import { HttpTransport } from './http-transport.js';

const at = '2026-11-23T21:00:00.000Z';
const noLimits = { requestsPerMinute: null, queuedRuns: null, openStreams: null };
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

const nothing = { data: [], nextCursor: null };
const aQueue = { depth: 0, oldestAgeMs: null, runnersPolling: 0, running: 0 };
const aKey = {
  ...{
    id: 'key_abcdefgh',
    name: 'mine',
    scopes: ['admin'],
    prefix: 'af_live_',
    lastFour: 'abcd',
    limits: noLimits,
  },
  ...{ createdAt: at, expiresAt: null, lastUsedAt: null, revokedAt: null, runnerId: null, enrolment: null },
};
const aSession = { org: { id: 'org_abcdefgh', name: 'Mine' }, key: aKey, csrfToken: 'token', expiresAt: at };
const theRun = (facts: Partial<Run>) => ({
  ...aRun({ id: 'clrabcdefgh', ...facts }),
  logs: [],
  logsTruncated: false,
});

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
      return sendJson(response, 200, theRun({ status: 'SUCCEEDED', lastSeq: 3 }));
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
      return sendJson(
        response,
        200,
        theRun({ status: asked.length < 2 ? 'RUNNING' : 'SUCCEEDED', lastSeq: 4 }),
      );
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
      return sendJson(response, 200, theRun({ status: 'SUCCEEDED', lastSeq: 3 }));
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
    else sendJson(response, 200, nothing);
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
    const session = { ...aSession, csrfToken: 'secret' };
    const answers = { GET: request.url?.includes('/session') ? session : nothing, POST: theRun({}) };
    sendJson(response, 200, answers[request.method as 'GET' | 'POST']);
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
    else sendJson(response, 201, theRun({}));
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
      return send(201, aSession);
    }
    if (isOver) return refuse(401, 'UNAUTHORIZED');
    if (path === '/queue') return held.push(() => send(200, aQueue));
    send(200, nothing);
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

test('an answer that is none of the contract is told as that, with the place in it, and shown to nobody', async () => {
  const run = { ...theRun({}), truncated: false };
  let row: object = { ...run, whatNewerServersSay: true };
  const transport = await connect((_request, response) =>
    sendJson(response, 200, { data: [run, row], nextCursor: null }),
  );
  expect((await transport.listRuns({})).data).toHaveLength(2);
  row = { ...run, status: 'ASLEEP' };
  const refused = transport.listRuns({});
  await expect(refused).rejects.toMatchObject({ code: 'MISUNDERSTOOD', isTransient: false });
  await expect(refused).rejects.toThrow('listRuns: data/1/status');
  row = { ...run, input: undefined };
  await expect(transport.listRuns({})).rejects.toThrow('listRuns: data/1/input');
});

test('what has not changed is not sent again, and is the same', async () => {
  const asked: (string | undefined)[] = [];
  const transport = await connect((request, response) => {
    asked.push(request.headers['if-none-match']);
    if (asked.length > 1) response.writeHead(304, { etag: 'W/"one"' }).end();
    else response.writeHead(200, { etag: 'W/"one"' }).end(JSON.stringify(aQueue));
  });
  const first = await transport.queue();
  expect(await transport.queue()).toBe(first);
  expect(asked).toEqual([undefined, 'W/"one"']);
});

test('a stream of changes goes on behind the last event, and asks first for what changed since the page was read', async () => {
  const asked: [string | undefined, string | undefined][] = [];
  const transport = await connect((request, response) => {
    asked.push([request.url, request.headers['last-event-id']?.toString()]);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (asked.length === 1)
      response.end('id: a-1\nevent: open\ndata: {}\n\nid: a-2\nevent: changed\ndata: {"runs":["clr1"]}\n\n');
    else response.write('id: b-1\nevent: open\ndata: {}\n\nid: b-1\nevent: everything\ndata: {}\n\n');
  });
  const heard: unknown[] = [];
  const listener = {
    changed: (changes: unknown) => heard.push(changes),
    everything: () => heard.push('everything'),
  };
  closers.push(transport.followChanges(performance.now() - 5_000, listener));
  await expect.poll(() => heard).toEqual([{ runs: ['clr1'] }, 'everything']);
  const past = Number(/past=(\d+)/.exec(asked[0]?.[0] ?? '')?.[1]);
  expect(past).toBeGreaterThan(5_000);
  expect(past).toBeLessThan(10_000);
  expect(asked[1]).toEqual(['/api/v1/stream?past=0', 'a-2']);
});

test('where the server has no stream of changes, as an older one, everything counts as changed', async () => {
  const transport = await connect((_request, response) =>
    sendJson(response, 404, { error: { code: 'NOT_FOUND', message: 'No such endpoint' } }),
  );
  const heard: string[] = [];
  const listener = { changed: () => heard.push('changed'), everything: () => heard.push('everything') };
  closers.push(transport.followChanges(performance.now(), listener));
  await expect.poll(() => heard).toEqual(['everything']);
});
