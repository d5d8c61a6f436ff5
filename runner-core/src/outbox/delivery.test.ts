import { getEventListeners } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ClaimedRun } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ControlPlane } from '../control-plane/client.js';
import { TestControlApi } from '../testing/control-api.js';
import type { Fault, Received } from '../testing/control-api-http.js';
import { adoptOutboxes } from './adopt.js';
import { Delivery } from './delivery.js';
import { fileStem, Outbox } from './outbox.js';

let directory = '';
let api: TestControlApi;
let run: ClaimedRun;
let outbox: Outbox;
let ending: AbortController;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'delivery-'));
  api = await new TestControlApi().listen();
  run = api.launch();
  outbox = Outbox.create(directory, run);
  ending = new AbortController();
});
afterEach(async () => {
  ending.abort();
  await api.close();
  rmSync(directory, { recursive: true, force: true });
});

const line = (message: string) => ({ kind: 'assistant' as const, message, data: null });
const ended = { status: 'SUCCEEDED', failure: null, result: 'done' } as const;
const deliver = (from = outbox) =>
  new Delivery(new ControlPlane({ url: api.url, apiKey: 'key', version: '1' }), from, ending.signal);
const stored = () => api.stored(run.id).events.map((event) => event.message);
const file = () => join(directory, `${fileStem(run.id, 1)}.log`);
const seqsOf = (request: Received | undefined) =>
  ((request?.body.events ?? []) as { seq: number }[]).map((event) => event.seq);

function fill(count: number): void {
  for (let number = 1; number <= count; number += 1) outbox.append(line(`event ${number}`));
}

/** Answers the first requests that match with faults, one each. */
function faults(route: Received['route'], ...answers: Fault[]): void {
  api.fault = (request) => (request.route === route ? answers.shift() : undefined);
}

test('what is stored arrives in order while the session runs, then its end, and the outbox is forgotten', async () => {
  const delivery = deliver();
  for (let number = 1; number <= 30; number += 1) {
    outbox.append(line(`event ${number}`));
    delivery.push();
    if (number % 10 === 0) await expect.poll(() => stored().length).toBe(number);
  }
  outbox.noteSession('session-1');
  outbox.append(line('last'));
  delivery.push();
  await outbox.end(ended);
  delivery.finish();
  expect(await delivery.done).toBe('delivered');
  expect(stored()).toEqual([...Array.from({ length: 30 }, (_, index) => `event ${index + 1}`), 'last']);
  expect(api.stored(run.id).finish).toMatchObject(ended);
  expect(api.requests('appendEvents').at(-1)?.body.agentSessionId).toBe('session-1');
  expect(existsSync(file())).toBe(false);
});

test('under load the first event goes at once and the rest is gathered, 100 ms between two requests', async () => {
  const delivery = deliver();
  while (api.requests('appendEvents').length < 5) {
    outbox.append(line('tick'));
    delivery.push();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const requests = api.requests('appendEvents');
  // The first did not wait for company.
  expect(requests.slice(0, 2).map((request) => seqsOf(request).length > 1)).toEqual([false, true]);
  const times = requests.map((request) => request.at);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  // One ms of rounding: timers may fire that much early.
  expect(Math.min(...gaps)).toBeGreaterThan(98);
});

test('large batches are compressed, small ones are not', async () => {
  fill(1);
  const delivery = deliver();
  await expect.poll(() => stored().length).toBe(1);
  fill(100);
  delivery.push();
  await expect.poll(() => stored().length).toBe(101);
  const encodings = api.requests('appendEvents').map((request) => request.headers['content-encoding']);
  expect(encodings).toEqual([undefined, 'gzip']);
});

test('a long log goes in batches that the server takes', async () => {
  fill(2_500);
  await outbox.end(ended);
  expect(await deliver().done).toBe('delivered');
  const sizes = api.requests('appendEvents').map((request) => seqsOf(request).length);
  expect(sizes).toEqual([1_000, 1_000, 500]);
  expect(stored().length).toBe(2_500);
});

test('a gap at the server sends again from where it says', async () => {
  fill(10);
  outbox.acknowledge(6);
  await outbox.end(ended);
  expect(await deliver().done).toBe('delivered');
  expect(api.requests('appendEvents').map((request) => seqsOf(request)[0])).toEqual([7, 1]);
  expect(stored().length).toBe(10);
});

test('a server that comes back with less than it had, as with a restored backup, gets the rest at once', async () => {
  const server = new ControlPlane({ url: api.url, apiKey: 'key', version: '1' });
  fill(10);
  const delivery = new Delivery(server, outbox, ending.signal);
  await expect.poll(() => stored().length).toBe(10);
  const all = stored();
  await server.call('getMe', { signal: AbortSignal.abort() }).catch(() => undefined);
  api.stored(run.id).events.splice(4);
  await server.call('getMe').catch(() => undefined);
  await expect.poll(stored).toEqual(all);
  await outbox.end(ended);
  delivery.finish();
  expect(await delivery.done).toBe('delivered');
});

test('however often it rests, it listens once for the return of the server', async () => {
  const server = new ControlPlane({ url: api.url, apiKey: 'key', version: '1' });
  const listening = vi.spyOn(server.back, 'addEventListener');
  const delivery = new Delivery(server, outbox, ending.signal);
  const rests = (times: number) => expect.poll(() => listening.mock.calls.length).toBe(times);
  await rests(1);
  for (let number = 1; number <= 5; number += 1) {
    outbox.append(line(`event ${number}`));
    delivery.push();
    await rests(number + 1);
    expect(getEventListeners(server.back, 'abort')).toHaveLength(1);
  }
});

test('a finish that does not match rewinds, sends what was missing, and succeeds', async () => {
  fill(5);
  outbox.acknowledge(5);
  await outbox.end(ended);
  expect(await deliver().done).toBe('delivered');
  expect(api.received.map(({ route }) => route)).toEqual(['finishRun', 'appendEvents', 'finishRun']);
  expect(stored().length).toBe(5);
});

test('a log that never matches is given up instead of being sent for ever', async () => {
  fill(3);
  await outbox.end(ended);
  api.fault = ({ route }) =>
    route === 'finishRun' ? { status: 409, code: 'LOG_INCOMPLETE', lastSeq: 0 } : undefined;
  expect(await deliver().done).toBe('refused');
  expect(api.requests('finishRun').length).toBe(4);
  expect(existsSync(file())).toBe(true);
});

test('another content under the same seq is given up: the server’s log stands', async () => {
  fill(2);
  api.stored(run.id).events.push({ seq: 1, ...line('another'), at: new Date().toISOString() });
  expect(await deliver().done).toBe('refused');
  expect(stored()).toEqual(['another']);
});

test.each(['appendEvents', 'finishRun'] as const)(
  'a stale attempt at %s ends the delivery, and the outbox is whoever’s who holds the attempt',
  async (route) => {
    fill(1);
    await outbox.end(ended);
    api.fault = (request) => {
      if (request.route === route) api.requeue(run.id);
      return undefined;
    };
    expect(await deliver().done).toBe('superseded');
    expect(existsSync(file())).toBe(true);
    expect(api.stored(run.id).finish).toBeUndefined();
  },
);

test.each(['appendEvents', 'finishRun'] as const)(
  'a run that nobody knows at %s is no stale attempt',
  async (route) => {
    fill(1);
    await outbox.end(ended);
    api.fault = (request) => {
      if (request.route === route) api.forget(run.id);
      return undefined;
    };
    expect(await deliver().done).toBe('orphaned');
    expect(existsSync(file())).toBe(true);
  },
);

test('a batch that is too large for what lies between is halved until it passes', async () => {
  fill(64);
  await outbox.end(ended);
  api.fault = ({ route, body }) =>
    route === 'appendEvents' && (body.events as unknown[]).length > 10
      ? { status: 413, text: '<html>Request Entity Too Large</html>' }
      : undefined;
  expect(await deliver().done).toBe('delivered');
  expect(stored()).toEqual(Array.from({ length: 64 }, (_, index) => `event ${index + 1}`));
  const sizes = api.requests('appendEvents').map((request) => seqsOf(request).length);
  // Half of what was sent, until it passes; then twice as many are tried again, for what lies between may be gone.
  expect(sizes.slice(0, 7)).toEqual([64, 32, 16, 8, 16, 8, 16]);
}, 30_000);

test('once nothing refuses it any more a batch grows back to what the server takes', async () => {
  fill(2_100);
  await outbox.end(ended);
  let refused = 0;
  api.fault = ({ route }) => {
    if (route !== 'appendEvents' || refused === 2) return undefined;
    refused += 1;
    return { status: 413, code: 'PAYLOAD_TOO_LARGE' };
  };
  expect(await deliver().done).toBe('delivered');
  const sizes = api.requests('appendEvents').map((request) => seqsOf(request).length);
  expect(sizes).toEqual([1_000, 500, 250, 500, 1_000, 350]);
});

test('one event that the server refuses is replaced by a sentence, and the rest arrives', async () => {
  fill(3);
  outbox.append({ ...line('poison'), data: { text: 'x' } });
  outbox.append(line('after'));
  await outbox.end(ended);
  api.fault = ({ route, body }) =>
    route === 'appendEvents' && JSON.stringify(body).includes('poison')
      ? { status: 400, code: 'VALIDATION_FAILED' }
      : undefined;
  expect(await deliver().done).toBe('delivered');
  expect(stored()).toEqual([
    'event 1',
    'event 2',
    'event 3',
    expect.stringContaining('An event of kind assistant could not be delivered'),
    'after',
  ]);
  expect(api.stored(run.id).finish).toMatchObject({ status: 'SUCCEEDED', lastSeq: 5 });
});

test('an end that the server refuses is told without its text, then given up', async () => {
  await outbox.end({ ...ended, costUsd: 0.5 });
  faults('finishRun', { status: 413, code: 'PAYLOAD_TOO_LARGE' });
  expect(await deliver().done).toBe('delivered');
  expect(api.stored(run.id).finish).toMatchObject({ status: 'SUCCEEDED', costUsd: 0.5 });
  expect(api.stored(run.id).finish?.result).toBeUndefined();

  outbox = Outbox.create(directory, api.launch());
  await outbox.end(ended);
  api.fault = () => ({ status: 400, code: 'VALIDATION_FAILED' });
  expect(await deliver().done).toBe('refused');
});

test('a server that asks for a wait gets it', async () => {
  fill(1);
  faults('appendEvents', { status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '1' } });
  const delivery = deliver();
  await expect.poll(() => stored().length, { timeout: 5_000 }).toBe(1);
  const [first, second] = api.requests('appendEvents');
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(995);
  await outbox.end(ended);
  delivery.finish();
  await delivery.done;
});

test('an answer that is lost, a proxy’s page and a server that goes lose and repeat nothing', async () => {
  fill(5);
  await outbox.end(ended);
  faults(
    'appendEvents',
    { status: 200, cut: true },
    { status: 200, text: '<html>Sign in to the network</html>' },
    { status: 502, text: '<html>Bad gateway</html>' },
    { status: 401, code: 'UNAUTHORIZED' },
  );
  expect(await deliver().done).toBe('delivered');
  expect(stored()).toEqual(['event 1', 'event 2', 'event 3', 'event 4', 'event 5']);
});

test('what was acknowledged is on disk before the file is removed, and is not sent again after a restart', async () => {
  fill(5);
  const first = deliver();
  await expect.poll(() => stored().length).toBe(5);
  await expect.poll(() => outbox.acknowledged).toBe(5);
  ending.abort();
  expect(await first.done).toBe('interrupted');

  ending = new AbortController();
  const [adopted] = adoptOutboxes(directory).outboxes;
  if (!adopted) throw new Error('nothing was adopted');
  expect(adopted.acknowledged).toBe(5);
  adopted.append(line('new'));
  adopted.end(ended);
  let onDisk = '';
  api.fault = ({ route }) => {
    if (route === 'finishRun') onDisk = readFileSync(file(), 'utf8');
    return undefined;
  };
  expect(await deliver(adopted).done).toBe('delivered');
  expect(onDisk).toContain('{"type":"acknowledged","seq":6}');
  expect(seqsOf(api.requests('appendEvents').at(-1))).toEqual([6]);
});

setFlagsFromString('--expose-gc');
const freeMemory = runInNewContext('gc') as () => void;
/** Bytes that something here still holds. */
function held(): number {
  freeMemory();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('weeks without a server: the log waits on disk, not in memory, and arrives whole', async () => {
  const { url, port } = api;
  await api.close();
  const server = new ControlPlane({ url, apiKey: 'key', version: '1' });
  const delivery = new Delivery(server, outbox, ending.signal);
  const text = 'x'.repeat(20_000);
  // Not what the process has taken: how much of that it gives back, and when, is the version of Node's own.
  const before = held();
  for (let number = 0; number < 3_000; number += 1) {
    outbox.append({ ...line(`event ${number}`), data: { text } });
    delivery.push();
  }
  expect(outbox.size).toBeGreaterThan(60_000_000);
  expect(held() - before).toBeLessThan(10_000_000);
  await outbox.end(ended);
  delivery.finish();
  const back = new TestControlApi();
  back.runs.set(run.id, api.stored(run.id));
  api = await back.listen(port);
  expect(await delivery.done).toBe('delivered');
  expect(stored().length).toBe(3_000);
}, 30_000);

test('an abandoned delivery sends nothing more', async () => {
  fill(1);
  const delivery = deliver();
  await expect.poll(() => stored().length).toBe(1);
  delivery.abandon();
  outbox.append(line('more'));
  delivery.push();
  expect(await delivery.done).toBe('abandoned');
  expect(stored()).toEqual(['event 1']);
});

test('the runner’s word about a stalled session is marked as such', async () => {
  const delivery = deliver();
  outbox.append({ kind: 'system', message: 'no output', data: { stalled: true } });
  delivery.push();
  await expect.poll(() => api.stored(run.id).stalled).toBe(true);
  outbox.append(line('there it is'));
  delivery.push();
  await expect.poll(() => api.stored(run.id).stalled).toBe(false);
});

test('a fault of ours is told as one, with where it is, and the log stays', async () => {
  fill(2);
  outbox.eventsAfter = () => {
    throw new TypeError('x is not a function');
  };
  const delivery = deliver();
  expect(await delivery.done).toBe('unreadable');
  expect(delivery.fault).toContain('TypeError: x is not a function');
  expect(delivery.fault).toContain('delivery.ts');
  expect(existsSync(file())).toBe(true);
});
