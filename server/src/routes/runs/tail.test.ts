import { type ClaimedRun, CreateRun } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventLog } from '../../eventlog/create-eventlog.js';
import { defaultPace } from '../../server.js';
import { machine } from '../../testing/machine.js';
import { event, finishOf, patient } from '../../testing/org-with-queue.js';
import { startTestServer, type TestServer } from '../../testing/server.js';
import { view } from '../../testing/stream.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ pace: { ...defaultPace, streamHeartbeatMs: 50 } });
});
afterAll(() => server.close());

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_item, index) => event(from + index));

/** A session that runs, and what its runner does with its log. */
async function session() {
  const { queue, orgId } = server;
  const cwd = `/code/${crypto.randomUUID()}`;
  const { id: runnerId } = await queue.register(orgId, machine({ directories: [cwd] }));
  await queue.enqueue(orgId, CreateRun.parse({ prompt: 'do it', cwd }));
  const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
  const [run] = (await queue.claim(orgId, runnerId, idle, patient)).runs as [ClaimedRun];
  await queue.start(orgId, run.id, { token: run.token });
  const log = createEventLog(server.database);
  return {
    id: run.id,
    append: (from: number, to: number) =>
      log.append(orgId, run.id, { token: run.token, events: lines(from, to) }),
    finish: (last: number) => queue.finish(orgId, run.id, finishOf(run, lines(1, last))),
  };
}

const get = (path: string, headers = {}) => server.call('GET', `/api/v1/runs/${path}`, { headers });
async function seqs(path: string): Promise<number[]> {
  const { data } = (await (await get(path)).json()) as { data: { seq: number }[] };
  return data.map(({ seq }) => seq);
}

test('a poll reads on after a seq, or backwards before one, as many as were asked for', async () => {
  const { id, append } = await session();
  await append(1, 5);
  expect(await seqs(`${id}/events`)).toEqual([1, 2, 3, 4, 5]);
  expect(await seqs(`${id}/events?after=2&limit=2`)).toEqual([3, 4]);
  expect(await seqs(`${id}/events?before=5&limit=2`)).toEqual([3, 4]);
  expect(await seqs(`${id}/events?after=5`)).toEqual([]);
});

test('a long-poll is answered by the next event, and at once when the run has ended', async () => {
  const { id, append, finish } = await session();
  await append(1, 1);
  const next = seqs(`${id}/events?after=1&wait=30`);
  await append(2, 3);
  expect((await next)[0]).toBe(2);
  const nothingMore = seqs(`${id}/events?after=3&wait=30`);
  await finish(3);
  expect(await nothingMore).toEqual([]);
  expect(await seqs(`${id}/events?after=3&wait=30`)).toEqual([]);
});

test('a stream has what was logged and what is logged from then on, each once, and ends with the run', async () => {
  const { id, append, finish } = await session();
  await append(1, 2);
  const viewer = await view(server, id);
  await expect.poll(() => viewer.ids).toEqual(['1', '2']);
  await append(3, 4);
  await finish(4);
  await viewer.closed;
  expect(viewer.events).toEqual(lines(1, 4));
  expect(viewer.ids).toEqual(['1', '2', '3', '4']);
  expect(viewer.end).toBe('SUCCEEDED');
});

test('a stream that broke is resumed after the event that Last-Event-ID names, whatever the address asks for', async () => {
  const { id, append, finish } = await session();
  await append(1, 3);
  const first = await view(server, id);
  await expect.poll(() => first.ids).toEqual(['1', '2', '3']);
  first.close();
  await first.closed;
  await append(4, 5);
  const second = await view(server, id, '?after=1', { 'last-event-id': '3' });
  await expect.poll(() => second.ids).toEqual(['4', '5']);
  await finish(5);
  await second.closed;
  const late = await view(server, id, '', { 'last-event-id': '5' });
  await late.closed;
  expect(late).toMatchObject({ events: [], end: 'SUCCEEDED' });
});

test('a stream on which nothing happens says now and then that it lives', async () => {
  const { id, append, finish } = await session();
  const viewer = await view(server, id);
  await expect.poll(() => viewer.heartbeats).toBeGreaterThan(1);
  await append(1, 1);
  await finish(1);
  await viewer.closed;
  expect(viewer).toMatchObject({ ids: ['1'], end: 'SUCCEEDED' });
});

test.each(['x', '-1', '1.5', '1'.repeat(16)])('Last-Event-ID %j is refused by name', async (lastEventId) => {
  const { id } = await session();
  const headers = { accept: 'text/event-stream', 'last-event-id': lastEventId };
  const answer = await get(`${id}/events`, headers);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: 'VALIDATION_FAILED', message: 'Last-Event-ID: must be the seq of an event' },
  });
});

test.each([
  ['text/event-stream', 'text/event-stream'],
  ['Text/Event-Stream', 'text/event-stream'],
  ['text/*', 'text/event-stream'],
  ['application/json;q=0.5, text/event-stream', 'text/event-stream'],
  ['text/event-stream;q=0, application/json', 'application/json'],
  ['text/event-stream;q=0.1, application/json', 'application/json'],
  ['*/*', 'application/json'],
])('who accepts %s is answered %s', async (accept, type) => {
  const { id, append, finish } = await session();
  await append(1, 1);
  await finish(1);
  const answer = await get(`${id}/events`, { accept });
  expect(answer.headers.get('content-type')).toContain(type);
  await answer.body?.cancel();
});
