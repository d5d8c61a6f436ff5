import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClaimedRun } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Outbox } from './outbox/outbox.js';
import { TestControlApi } from './testing/control-api.js';
import { RunnerOn } from './testing/runner-on.js';
import { soon } from './testing/soon.js';

// The runner's clocks are the test's; HTTP takes the time it takes, and none of it passes for the runner.
let api: TestControlApi;
let on: RunnerOn;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance', 'Date'] });
  api = await new TestControlApi().listen();
});
afterEach(async () => {
  await on.close();
  await api.close();
  vi.useRealTimers();
});

const pass = (sec: number) => vi.advanceTimersByTimeAsync(sec * 1_000);
const stored = (id: string) => api.stored(id).events.map(({ message }) => message);
const unheard = { status: 503, code: 'UNAVAILABLE' } as const;

/** A run whose session has begun. */
async function session(more: Partial<ClaimedRun> = {}) {
  on = new RunnerOn(api);
  const run = api.launch(more);
  await soon(() => on.agent.sessions.length).toBe(1);
  return { run, first: on.session(0) };
}

/** No heartbeat is answered any more, and the open claim stays open. */
function cut(): void {
  api.fault = ({ route }) => (route === 'heartbeat' || route === 'claim' ? unheard : undefined);
}

/** An outbox that a process before has left. */
async function left(run: ClaimedRun, more: (outbox: Outbox) => unknown = () => undefined): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'attempts-'));
  await more(Outbox.create(join(dir, 'outbox'), run));
  return dir;
}

test('a session that may run again elsewhere is stopped 10 s before its lease ends, and hurried a second later', async () => {
  const { run, first } = await session({ mayRunAgain: true });
  on.agent.stops = false;
  cut();
  await pass(35);
  expect(first.asked).toEqual([]);
  await pass(1);
  expect(first.asked).toEqual(['stop']);
  await pass(1);
  expect(first.asked).toEqual(['stop', 'stop']);
  first.end({ status: 'CANCELLED' });
  await soon(() => on.ended).toEqual([`${run.id} DROPPED`]);
});

test('where leases are short it is stopped when a third of one is left', async () => {
  api.leaseMs = 12_000;
  const { first } = await session({ mayRunAgain: true });
  cut();
  await pass(8);
  expect(first.asked).toEqual([]);
  await pass(1);
  expect(first.asked).toEqual(['stop']);
});

test('a session that nobody will run again goes on however long the server is silent', async () => {
  const { run, first } = await session({ mayRunAgain: false });
  cut();
  await pass(3_600);
  expect(first.asked).toEqual([]);
  api.fault = () => undefined;
  first.say('still here');
  first.end();
  await soon(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  expect(stored(run.id)).toEqual(['still here']);
});

test('a heartbeat that is answered renews the lease from when it was sent', async () => {
  const { first } = await session({ mayRunAgain: true });
  for (let beats = 1; beats <= 6; beats += 1) {
    await pass(10);
    await soon(() => on.server.answered.filter((name) => name === 'heartbeat').length).toBe(beats);
  }
  expect(first.asked).toEqual([]);
  cut();
  await pass(35);
  expect(first.asked).toEqual([]);
  await pass(1);
  expect(first.asked).toEqual(['stop']);
});

test('a start that is answered renews the lease from when it was sent', async () => {
  api.fault = ({ route }) => (['heartbeat', 'startRun'].includes(route) ? unheard : undefined);
  on = new RunnerOn(api);
  api.launch({ mayRunAgain: true });
  await soon(() => api.requests('startRun').length).toBeGreaterThan(0);
  await pass(20);
  cut();
  await soon(() => on.agent.sessions.length).toBe(1);
  await pass(35);
  expect(on.session(0).asked).toEqual([]);
  await pass(1);
  expect(on.session(0).asked).toEqual(['stop']);
});

test('a session that was dropped at its fence renews no lease any more', async () => {
  const { first } = await session({ mayRunAgain: true });
  on.agent.stops = false;
  cut();
  await pass(36);
  expect(first.asked).toEqual(['stop']);
  api.fault = () => undefined;
  const before = api.received.length;
  on.runner.wake();
  await soon(() => api.received.slice(before).some(({ route }) => route === 'heartbeat')).toBe(true);
  for (const { body } of api.received.slice(before)) expect(body.leases ?? []).toEqual([]);
});

test('after a sleep the server must confirm a lease within 5 s', async () => {
  const { first } = await session({ mayRunAgain: true });
  cut();
  on.runner.wake();
  await pass(5);
  expect(first.asked).toEqual([]);
  await pass(1);
  expect(first.asked).toEqual(['stop']);
});

test('after a sleep a lease that the server confirms holds for its whole time', async () => {
  const { first } = await session({ mayRunAgain: true });
  on.runner.wake();
  await soon(() => on.server.answered).toContain('heartbeat');
  cut();
  await pass(35);
  expect(first.asked).toEqual([]);
});

test('a wall clock that leaps tells of a sleep: the server is asked at once', async () => {
  await session({ mayRunAgain: true });
  expect(api.requests('heartbeat')).toEqual([]);
  vi.setSystemTime(Date.now() + 3_600_000);
  await pass(1);
  await soon(() => api.requests('heartbeat').length).toBe(1);
});

test('a run whose answer was lost is given again, and begun once', async () => {
  on = new RunnerOn(api);
  let cuts = 0;
  api.fault = ({ route }) => {
    if (route !== 'claim' || cuts > 0 || api.runs.size === 0) return undefined;
    cuts += 1;
    return { status: 200, cut: true };
  };
  const { id } = api.launch();
  await soon(() => on.agent.sessions.length).toBe(1);
  on.runner.wake();
  await soon(() => on.server.answered).toContain('heartbeat');
  on.session(0).end();
  await soon(() => api.stored(id).finish?.status).toBe('SUCCEEDED');
  expect(on.agent.sessions).toHaveLength(1);
});

test('a run that one answer gives twice is begun once', async () => {
  const run = api.launch();
  api.stored(run.id).state = 'RUNNING';
  const text = JSON.stringify({ stale: [], commands: [], watched: [], runs: [run, run] });
  let given = 0;
  api.fault = ({ route }) => {
    if (route !== 'claim' || given === 1) return undefined;
    given += 1;
    return { status: 200, text };
  };
  on = new RunnerOn(api);
  await soon(() => on.agent.sessions.length).toBe(1);
  expect(on.runner.running).toBe(1);
  on.session(0).end();
  await soon(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  expect(on.agent.sessions).toHaveLength(1);
});

test('a run that comes together with the command to cancel it is cancelled', async () => {
  const run = api.launch();
  api.cancel(run.id);
  on = new RunnerOn(api);
  await soon(() => api.stored(run.id).finish?.status).toBe('CANCELLED');
  expect(on.agent.sessions.flatMap(({ asked }) => asked)).not.toContain('interrupt');
  await soon(() => api.commands).toEqual([]);
});

test('a command is carried out for its run alone, and acknowledged', async () => {
  const { run, first } = await session();
  const other = api.launch({ sharedCwd: true });
  await soon(() => on.agent.sessions.length).toBe(2);
  api.cancel(run.id);
  await soon(() => on.ended).toEqual([`${run.id} CANCELLED`]);
  await soon(() => api.commands).toEqual([]);
  expect(first.asked).toEqual(['stop']);
  expect(on.session(1).asked).toEqual([]);
  on.session(1).end();
  await soon(() => api.stored(other.id).finish?.status).toBe('SUCCEEDED');
});

test('of an attempt whose start the server refuses nothing is executed, and nothing is left', async () => {
  api.fault = ({ route, id }) => {
    if (route !== 'startRun') return undefined;
    const before = api.stored(id);
    const run = { ...before.run, attempt: 2, token: `att_${'x'.repeat(32)}` };
    api.runs.set(id, { ...before, run, state: 'RUNNING' });
    return undefined;
  };
  on = new RunnerOn(api);
  const run = api.launch();
  await soon(() => on.ended).toEqual([`${run.id} DROPPED`]);
  await soon(() => on.files).toEqual([]);
  expect(on.agent.sessions).toEqual([]);
  expect(on.troubles).toEqual([]);
});

test('a start is asked for until the server has answered, and only then the agent is spawned', async () => {
  let refused = 0;
  api.fault = ({ route }) => {
    if (route !== 'startRun' || refused === 3) return undefined;
    refused += 1;
    return unheard;
  };
  on = new RunnerOn(api);
  const run = api.launch();
  await soon(() => on.agent.sessions.length).toBe(1);
  expect(refused).toBe(3);
  expect(api.stored(run.id).state).toBe('RUNNING');
});

test('sessions are executed in no more places than there are, whatever claims bring', async () => {
  on = new RunnerOn(api, { maxConcurrentRuns: 1 });
  const first = api.launch();
  await soon(() => on.agent.sessions.length).toBe(1);
  // A server that gives more than was asked for.
  const second = api.launch();
  api.stored(second.id).state = 'CLAIMED';
  api.ring();
  await soon(() => on.runner.running).toBe(2);
  expect(api.requests('startRun').map(({ id }) => id)).toEqual([first.id]);
  on.session(0).end();
  await soon(() => on.agent.sessions.length).toBe(2);
});

test('a session that died with the process before still cost what its results had told', async () => {
  const run = api.launch();
  api.stored(run.id).state = 'RUNNING';
  const result = (costUSD: number, inputTokens: number) => ({
    kind: 'result' as const,
    message: 'done',
    data: {
      type: 'result',
      session_id: 'session-1',
      num_turns: 1,
      total_cost_usd: costUSD,
      modelUsage: { model: { inputTokens, costUSD } },
    },
  });
  const dir = await left(run, async (outbox) => {
    await outbox.markStarted();
    outbox.append(result(0.25, 100));
    outbox.append(result(0.75, 300));
  });
  on = new RunnerOn(api, {}, dir);
  await expect
    .poll(() => api.stored(run.id).finish)
    .toMatchObject({ status: 'FAILED', numTurns: 2, costUsd: 0.75, usage: { inputTokens: 300 } });
});

test('a session that died with the process before is told as lost, with all that it had said', async () => {
  const run = api.launch();
  api.stored(run.id).state = 'RUNNING';
  const dir = await left(run, async (outbox) => {
    await outbox.markStarted();
    outbox.noteSession('session-1');
    outbox.append({ kind: 'assistant', message: 'one', data: null });
  });
  on = new RunnerOn(api, {}, dir);
  await soon(() => api.stored(run.id).finish).toMatchObject({
    status: 'FAILED',
    failure: { code: 'runner_lost' },
    agentSessionId: 'session-1',
    lastSeq: 2,
  });
  expect(stored(run.id)).toEqual(['one', 'The runner was restarted while the session ran.']);
  await soon(() => on.files).toEqual([]);
  expect(on.agent.sessions).toEqual([]);
});

test('a session that had ended before the process did is told as it ended', async () => {
  const run = api.launch();
  api.stored(run.id).state = 'RUNNING';
  const dir = await left(run, async (outbox) => {
    await outbox.markStarted();
    outbox.append({ kind: 'assistant', message: 'one', data: null });
    await outbox.end({ status: 'SUCCEEDED', failure: null, result: 'done' });
  });
  on = new RunnerOn(api, {}, dir);
  await soon(() => api.stored(run.id).finish).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
  expect(stored(run.id)).toEqual(['one']);
});

test('a run of which nothing was executed yet is executed when the server offers it again', async () => {
  const run = api.launch();
  api.stored(run.id).state = 'CLAIMED';
  on = new RunnerOn(api, {}, await left(run));
  await soon(() => on.agent.sessions.length).toBe(1);
  on.session(0).end();
  await soon(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
});

test('until what was left is delivered its lease is renewed', async () => {
  const run = api.launch();
  api.stored(run.id).state = 'RUNNING';
  const dir = await left(run, (outbox) => outbox.markStarted());
  api.fault = ({ route }) => (route === 'appendEvents' ? unheard : undefined);
  on = new RunnerOn(api, {}, dir);
  await soon(() => api.requests('claim')[0]?.body.leases).toEqual([{ runId: run.id, token: run.token }]);
  await pass(10);
  await soon(() => api.requests('heartbeat')[0]?.body.leases).toEqual([{ runId: run.id, token: run.token }]);
});

test('a disk that cannot hold a session fails it at once, and says so at the machine', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'attempts-'));
  on = new RunnerOn(api, {}, dir);
  // As it waits for a run there is room for one: what goes wrong does so after the look.
  await soon(() => api.requests('claim').length).toBe(1);
  rmSync(join(dir, 'outbox'), { recursive: true });
  writeFileSync(join(dir, 'outbox'), 'no directory');
  const run = api.launch();
  await soon(() => api.stored(run.id).finish).toMatchObject({
    status: 'FAILED',
    failure: { code: 'outbox_failed' },
  });
  expect(on.agent.sessions).toEqual([]);
  expect(on.troubles).toEqual([expect.stringContaining('cannot write to its disk')]);
});
