import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TestControlApi } from '../testing/control-api.js';
import { RunnerOn } from '../testing/runner-on.js';
import { soon } from '../testing/soon.js';
import { adoptOutboxes } from './adopt.js';
import { Outbox } from './outbox.js';

const hour = 3_600_000;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'times-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

const line = (message: string) => ({ kind: 'assistant' as const, message, data: null });
const run = () => new TestControlApi().launch();
const at = (ms: number) => new Date(ms).toISOString();

test('times within a log never go back, whatever the clock says, and neither does its end', async () => {
  let now = hour;
  const outbox = Outbox.create(directory, run(), { now: () => now });
  const times = [hour, 3 * hour, 2 * hour, 4 * hour].map((time) => {
    now = time;
    return outbox.append(line('x')).at;
  });
  expect(times).toEqual([at(hour), at(3 * hour), at(3 * hour), at(4 * hour)]);
  now = 0;
  await outbox.end({ status: 'SUCCEEDED', failure: null });
  expect(outbox.finish?.finishedAt).toBe(at(4 * hour));
});

test('a log that is gone on with after a restart does not go back either', async () => {
  Outbox.create(directory, run(), { now: () => 5 * hour }).append(line('before'));
  const [adopted] = adoptOutboxes(directory, { now: () => 2 * hour }).outboxes;
  expect(adopted?.append(line('after')).at).toBe(at(5 * hour));
  await adopted?.end({ status: 'FAILED', failure: { code: 'runner_lost', message: 'x' } });
  expect(adopted?.finish?.finishedAt).toBe(at(5 * hour));
});

test('what stands in for an event that the server refused has the time of that event', () => {
  let now = hour;
  const outbox = Outbox.create(directory, run(), { now: () => now });
  for (const message of ['one', 'two']) outbox.append(line(message));
  now = 2 * hour;
  outbox.replace(1, 'refused');
  expect(outbox.eventsAfter(0, 9, 9_000).map((event) => event.at)).toEqual([at(hour), at(hour)]);
});

test('events have the server’s time, though the wall clock is hours wrong and is set while the session runs', async () => {
  const api = await new TestControlApi().listen();
  // The server’s clock is right, that of the runner three hours ahead.
  const right = Date.now();
  api.aheadMs = -3 * hour;
  vi.useFakeTimers({ toFake: ['Date'], now: right + 3 * hour });
  const on = new RunnerOn(api);
  try {
    const { id } = api.launch();
    await soon(() => on.agent.sessions.length).toBe(1);
    on.session(0).say('one');
    vi.setSystemTime(right - 45 * hour);
    on.session(0).say('two');
    vi.setSystemTime(right + 9 * hour);
    on.session(0).say('three');
    on.session(0).end();
    await soon(() => api.stored(id).finish !== undefined).toBe(true);
    const { events, finish } = api.stored(id);
    const times = [...events, { at: finish?.finishedAt ?? '' }].map((event) => Date.parse(event.at));
    expect(times).toHaveLength(4);
    for (const time of times) expect(Math.abs(time - right)).toBeLessThan(hour);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  } finally {
    await on.close();
    await api.close();
  }
});

test('what a runner says of a session that died with the process before has the server’s time too', async () => {
  const api = await new TestControlApi().listen();
  const stored = api.launch();
  api.stored(stored.id).state = 'RUNNING';
  await Outbox.create(join(directory, 'outbox'), stored).markStarted();
  const right = Date.now();
  api.aheadMs = -3 * hour;
  vi.useFakeTimers({ toFake: ['Date'], now: right + 3 * hour });
  const on = new RunnerOn(api, {}, directory);
  try {
    await soon(() => api.stored(stored.id).finish?.status).toBe('FAILED');
    const { events, finish } = api.stored(stored.id);
    for (const time of [events[0]?.at, finish?.finishedAt]) {
      expect(Math.abs(Date.parse(time ?? '') - right)).toBeLessThan(hour);
    }
  } finally {
    await on.close();
    await api.close();
  }
});
