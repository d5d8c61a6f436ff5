import type { ClaimAnswer, ClaimedRun, SentPartial } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machine } from '../testing/machine.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { type Viewer, view } from '../testing/stream.js';

let server: TestServer;
const viewers: Viewer[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  for (const viewer of viewers) viewer.close();
  await server.close();
});

async function call<Answer>(path: string, body: unknown, status = 200): Promise<Answer> {
  const headers = { 'AgentFleet-Protocol': '1' };
  const answer = await server.call('POST', `/api/v1${path}`, { body, headers });
  expect(answer.status, path).toBe(status);
  return (await answer.json()) as Answer;
}

async function watch(runId: string, query = '?partial=1', headers = {}): Promise<Viewer> {
  const viewer = await view(server, runId, query, headers);
  viewers.push(viewer);
  return viewer;
}

/** A run that is running, in the hands of a runner. */
async function aRunningRun() {
  const cwd = `/code/${crypto.randomUUID()}`;
  const runner = await call<{ id: string }>('/runners/register', machine({ directories: [cwd] }));
  await call('/runs', { prompt: 'go', cwd, runnerId: runner.id }, 201);
  const claim = (more: object) =>
    call<ClaimAnswer>(`/runners/${runner.id}/claim`, { leases: [], slots: 1, ...more });
  const [run] = (await claim({ waitSec: 10 })).runs;
  if (!run) throw new Error('nothing was claimed');
  await call(`/runs/${run.id}/start`, { token: run.token });
  return { run, claim, leases: [{ runId: run.id, token: run.token }] };
}

const produce = ({ id, token }: ClaimedRun, text: string, offset = 0, block = 1) =>
  call<SentPartial>(`/runs/${id}/partial`, { token, block, kind: 'assistant', afterSeq: 0, offset, text });
const eventOf = (seq: number) => ({
  seq,
  kind: 'assistant',
  message: `line ${seq}`,
  data: null,
  at: '2026-11-24T10:00:00.000Z',
});

test('who asks for it sees a text while it is produced, in pieces that carry no id and are in no log', async () => {
  const { run } = await aRunningRun();
  const viewer = await watch(run.id);
  expect(await produce(run, 'Hello ')).toMatchObject({ have: 6 });
  await expect.poll(() => viewer.text).toBe('Hello ');
  await produce(run, 'world', 6);
  await expect.poll(() => viewer.text).toBe('Hello world');
  expect(viewer.partials.map(({ offset }) => offset)).toEqual([0, 6]);
  const polled = await server.call('GET', `/api/v1/runs/${run.id}/events`);
  expect(await polled.json()).toEqual({ data: [], hasMore: false });
  await call(`/runs/${run.id}/events`, { token: run.token, events: [eventOf(1)] });
  await expect.poll(() => viewer.events.map(({ seq }) => seq)).toEqual([1]);
});

test('who does not ask for it gets the documented stream and nothing else', async () => {
  const { run } = await aRunningRun();
  const [asks, plain] = [await watch(run.id), await watch(run.id, '')];
  await produce(run, 'Hello');
  await expect.poll(() => asks.text).toBe('Hello');
  await call(`/runs/${run.id}/events`, { token: run.token, events: [eventOf(1)] });
  await expect.poll(() => plain.events).toHaveLength(1);
  expect(plain.partials).toEqual([]);
});

test('who comes late, or again, gets the text so far in one piece, and every event once', async () => {
  const { run } = await aRunningRun();
  const first = await watch(run.id);
  await call(`/runs/${run.id}/events`, { token: run.token, events: [eventOf(1)] });
  await produce(run, 'So far');
  await expect.poll(() => first.text).toBe('So far');
  first.close();
  const again = await watch(run.id, '?partial=1', { 'last-event-id': '1' });
  await expect.poll(() => again.text).toBe('So far');
  await produce(run, ', so good', 6);
  await expect.poll(() => again.text).toBe('So far, so good');
  expect(again.partials).toMatchObject([{ offset: 0, text: 'So far' }, { offset: 6 }]);
  expect(again.events).toEqual([]);
});

test('an open claim is answered as soon as somebody watches, and a heartbeat says it too', async () => {
  const { run, claim, leases } = await aRunningRun();
  expect(await claim({ leases, watched: [] })).toMatchObject({ watched: [], runs: [] });
  const waiting = claim({ leases, watched: [], waitSec: 25 });
  await watch(run.id);
  expect(await waiting).toMatchObject({ watched: [run.id], commands: [], runs: [] });
});

test('a runner that knows it already, or does not care, is not woken', async () => {
  const { run, claim, leases } = await aRunningRun();
  await watch(run.id);
  await expect.poll(async () => (await claim({ leases, watched: [] })).watched).toEqual([run.id]);
  let answered = 0;
  const open = [{ leases, watched: [run.id] }, { leases }].map((more) =>
    claim({ ...more, waitSec: 20 }).then((answer) => {
      answered += 1;
      return answer;
    }),
  );
  await watch(run.id);
  await produce(run, 'x');
  expect(answered).toBe(0);
  // Both end for another reason.
  await call(`/runs/${run.id}/cancel`, {});
  expect((await Promise.all(open)).map(({ commands }) => commands.length)).toEqual([1, 1]);
});

test('the answer tells a runner that nobody watches', async () => {
  const { run } = await aRunningRun();
  expect(await produce(run, 'Hello')).toEqual({ watched: false, have: 5 });
  await watch(run.id);
  await expect.poll(async () => (await produce(run, 'Hello')).watched).toBe(true);
});

test('an attempt that lost its run is refused, and so is a run that ended', async () => {
  const { run } = await aRunningRun();
  const viewer = await watch(run.id);
  const body = { block: 1, kind: 'assistant', afterSeq: 0, offset: 0, text: 'Not mine' };
  const stale = await call(`/runs/${run.id}/partial`, { ...body, token: `att_${'x'.repeat(32)}` }, 409);
  expect(stale).toMatchObject({ error: { code: 'STALE_ATTEMPT' } });
  const log = { lastSeq: 0, logChecksum: 0, finishedAt: '2026-11-24T10:00:00.000Z' };
  await call(`/runs/${run.id}/finish`, { token: run.token, status: 'CANCELLED', ...log });
  await call(`/runs/${run.id}/partial`, { ...body, token: run.token }, 409);
  await viewer.closed;
  expect(viewer).toMatchObject({ end: 'CANCELLED', partials: [] });
});

test('text that splits a character anywhere, or holds what databases refuse, arrives as it was', async () => {
  const { run } = await aRunningRun();
  const viewer = await watch(run.id);
  const text = 'a👩‍👩‍👧\u0000\u2028שלום';
  for (let place = 0; place < text.length; place += 1) await produce(run, text[place] ?? '', place);
  await expect.poll(() => viewer.text).toBe(text);
});
