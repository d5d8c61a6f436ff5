import type { ClaimedRun, Event } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlPlane } from '../control-plane/client.js';
import { TestControlApi } from '../testing/control-api.js';
import { PartialSender } from './partial-sender.js';

let api: TestControlApi;
let run: ClaimedRun;
let ending: AbortController;
let unwatched = 0;

beforeEach(async () => {
  api = await new TestControlApi().listen();
  run = api.launch();
  ending = new AbortController();
  unwatched = 0;
});
afterEach(async () => {
  ending.abort();
  await api.close();
});

const sender = (of = run) =>
  new PartialSender(
    new ControlPlane({ url: api.url, apiKey: 'key', version: '1' }),
    of,
    ending.signal,
    () => {
      unwatched += 1;
    },
  );
const piece = (text: string, begins = false) => ({ kind: 'assistant' as const, text, begins });
const pieces = () => api.requests('sendPartial');
const event = (seq: number, kind: Event['kind'], data: Event['data'] = null): Event => ({
  seq,
  kind,
  message: 'x',
  data,
  at: '2026-11-24T08:00:00.000Z',
});

/** A session that somebody watches. */
function watchedSender(of = run): PartialSender {
  api.watched.add(of.id);
  const partials = sender(of);
  partials.watched = true;
  return partials;
}

test('an unwatched session sends nothing; who comes in the middle of a text sees it from its beginning', async () => {
  const partials = sender();
  for (const word of ['Once ', 'upon ', 'a ', 'time']) partials.add(piece(word), 3);
  api.watched.add(run.id);
  partials.watched = true;
  await expect.poll(() => api.texts.get(`${run.id} 1`)).toBe('Once upon a time');
  expect(pieces().map(({ body }) => body)).toMatchObject([{ afterSeq: 3, offset: 0, block: 1 }]);
});

test('the first piece goes at once, and at most one each 100 ms after it, however many come', async () => {
  const partials = watchedSender();
  const began = performance.now();
  for (let word = 0; word < 200; word += 1) {
    partials.add(piece(`${word} `, word === 0), 0);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const whole = Array.from({ length: 200 }, (_, word) => `${word} `).join('');
  await expect.poll(() => api.texts.get(`${run.id} 1`)).toBe(whole);
  expect(pieces()[0]?.body).toMatchObject({ offset: 0, text: '0 ' });
  // Counted, not timed: on a busy machine two arrivals may be nearer to one another than their departures were.
  expect(pieces().length).toBeGreaterThan(1);
  expect(pieces().length).toBeLessThanOrEqual(1 + (performance.now() - began) / 100);
});

test('a text ends with the event that holds it; an event of a subagent or a tool’s answer does not end it', async () => {
  const partials = watchedSender();
  partials.add(piece('Half', true), 4);
  await expect.poll(() => pieces().length).toBe(1);
  partials.logged(event(5, 'tool_result'));
  partials.logged(event(6, 'assistant', { parent_tool_use_id: 'toolu_1' }));
  partials.add(piece(' of it'), 6);
  await expect.poll(() => api.texts.get(`${run.id} 1`)).toBe('Half of it');
  partials.add(piece('.'), 6);
  partials.logged(event(7, 'assistant'));
  partials.add(piece('Next', true), 7);
  await expect.poll(() => api.texts.get(`${run.id} 2`)).toBe('Next');
  expect(api.texts.get(`${run.id} 1`)).toBe('Half of it');
});

test('a server that lost what it had is sent the text again from where it has it', async () => {
  const partials = watchedSender();
  partials.add(piece('One', true), 0);
  await expect.poll(() => api.texts.get(`${run.id} 1`)).toBe('One');
  api.texts.clear();
  partials.add(piece(' two'), 0);
  await expect.poll(() => api.texts.get(`${run.id} 1`)).toBe('One two');
});

test('when nobody watches any more, the sending ends and says so', async () => {
  const partials = watchedSender();
  partials.add(piece('One', true), 0);
  await expect.poll(() => pieces().length).toBe(1);
  api.watched.clear();
  partials.add(piece(' two'), 0);
  await expect.poll(() => unwatched).toBe(1);
  partials.add(piece(' three'), 0);
  expect([partials.watched, pieces().length]).toEqual([false, 2]);
});

test('a failure is no end: it goes on when the server is back, with all that came meanwhile', async () => {
  const partials = watchedSender();
  api.fault = ({ route }) => (route === 'sendPartial' && pieces().length < 3 ? { status: 503 } : undefined);
  partials.add(piece('One', true), 0);
  await expect.poll(() => pieces().length).toBeGreaterThan(1);
  partials.add(piece(' two'), 0);
  await expect.poll(() => api.texts.get(`${run.id} 1`)).toBe('One two');
});

test('an attempt that lost its run sends nothing more', async () => {
  const partials = watchedSender();
  api.requeue(run.id);
  partials.add(piece('One', true), 0);
  await expect.poll(() => pieces().length).toBe(1);
  partials.add(piece(' two'), 0);
  partials.add(piece('Three', true), 0);
  // As long as another session takes for two pieces, which are 100 ms apart.
  const other = api.launch();
  const others = watchedSender(other);
  others.add(piece('1', true), 0);
  await expect.poll(() => api.texts.get(`${other.id} 1`)).toBe('1');
  others.add(piece('2'), 0);
  await expect.poll(() => api.texts.get(`${other.id} 1`)).toBe('12');
  expect(pieces().filter(({ id }) => id === run.id)).toHaveLength(1);
});
