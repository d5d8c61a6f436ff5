import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fileStem } from './outbox/outbox.js';
import { TestControlApi } from './testing/control-api.js';
import { RunnerOn } from './testing/runner-on.js';
import { soon } from './testing/soon.js';
import { pipesAreForOne } from './testing/wine.js';

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

const id = 'run_test00000001';
const pass = (sec: number) => vi.advanceTimersByTimeAsync(sec * 1_000);
const online = () => soon(() => on.was).toEqual([id]);
const lastClaim = () => api.requests('claim').at(-1)?.body;

/** A run whose session has begun. */
async function session(settings = {}) {
  on = new RunnerOn(api, settings);
  const run = api.launch();
  await soon(() => on.agent.sessions.length).toBe(1);
  return { run, first: on.session(0) };
}

test('it registers with what it is, then keeps one claim open for all its places', async () => {
  on = new RunnerOn(api, { name: 'mill', maxConcurrentRuns: 3, directories: ['/code'] });
  await online();
  await soon(() => api.received.map(({ route }) => route)).toEqual(['registerRunner', 'claim']);
  expect(api.received[0]?.body).toMatchObject({
    name: 'mill',
    directories: ['/code'],
    maxConcurrentRuns: 3,
    agentVersion: '2.1.200',
  });
  expect(lastClaim()).toMatchObject({ slots: 3, waitSec: 30, draining: false, leases: [] });
});

test('a claim that is answered is followed by the next, with a place less for each session', async () => {
  const { run } = await session({ maxConcurrentRuns: 2 });
  await soon(lastClaim).toMatchObject({
    slots: 1,
    leases: [{ runId: run.id, token: run.token }],
  });
  on.session(0).end();
  await soon(lastClaim).toMatchObject({ slots: 2, leases: [] });
});

test('an idle runner sends no heartbeats, one with a session as often as the server says', async () => {
  api.heartbeatMs = 7_000;
  on = new RunnerOn(api);
  await online();
  await pass(60);
  expect(api.requests('heartbeat')).toEqual([]);
  api.launch();
  await soon(() => on.agent.sessions.length).toBe(1);
  const before = performance.now();
  await pass(21);
  await soon(() => api.requests('heartbeat').length).toBe(3);
  expect(performance.now() - before).toBe(21_000);
});

test('what is wrong is told once for each reason, and that it is over at the first answer', async () => {
  on = new RunnerOn(api);
  await online();
  let failing: { status: number; code: 'UNAVAILABLE' | 'RATE_LIMITED' | 'UNAUTHORIZED' } | undefined = {
    status: 503,
    code: 'UNAVAILABLE',
  };
  api.fault = () => failing;
  const tries = async (count: number) => {
    const before = api.requests('claim').length;
    await soon(() => api.requests('claim').length).toBeGreaterThan(before + count);
  };
  on.runner.hold();
  on.runner.release();
  await tries(2);
  // A key that is refused once it was good may be good again: it goes on.
  failing = { status: 401, code: 'UNAUTHORIZED' };
  await tries(2);
  expect(on.was).toEqual([id, 'UNAVAILABLE', 'UNAUTHORIZED']);
  failing = undefined;
  await soon(() => on.was).toEqual([id, 'UNAVAILABLE', 'UNAUTHORIZED', id]);
});

test('the first claim after an outage does not wait at the server, so that its end is known at once', async () => {
  on = new RunnerOn(api);
  await online();
  let refused = 0;
  api.fault = ({ route }) => {
    if (route !== 'claim' || refused === 2) return undefined;
    refused += 1;
    return { status: 503, code: 'UNAVAILABLE' };
  };
  const from = api.requests('claim').length;
  on.runner.hold();
  on.runner.release();
  await soon(() => on.was).toEqual([id, 'UNAVAILABLE', id]);
  await soon(() => lastClaim()?.waitSec).toBe(30);
  const waits = api
    .requests('claim')
    .slice(from)
    .map(({ body }) => body.waitSec);
  expect(waits.slice(-2)).toEqual([0, 30]);
});

test.each([
  [401, 'UNAUTHORIZED'],
  [403, 'FORBIDDEN'],
  [400, 'VALIDATION_FAILED'],
  [426, 'RUNNER_OUTDATED'],
] as const)(
  'what only its user can mend ends it when it registers for the first time: %i %s',
  async (status, code) => {
    api.fault = () => ({ status, code });
    on = new RunnerOn(api);
    await expect(on.done).rejects.toMatchObject({ code });
    expect(api.requests('registerRunner')).toHaveLength(1);
  },
);

test('a mode that the agent refuses here is not offered, and why is said', async () => {
  const refuses = [{ mode: 'bypassPermissions' as const, message: 'Not to root.' }];
  on = new RunnerOn(api, { permissionModes: ['plan', 'bypassPermissions'] });
  on.agent.probed = { ok: true, path: '/bin/claude', version: '2.1.200', refuses };
  await online();
  expect(api.requests('registerRunner')).toMatchObject([{ body: { permissionModes: ['plan'] } }]);
  expect(on.remarks).toEqual(['Not to root. It is not offered.']);
  // Nobody is disturbed by what was not asked for.
  expect(on.troubles).toEqual([]);
});

test('a runner that may offer nothing but what the agent refuses ends, and says why', async () => {
  const refuses = [{ mode: 'bypassPermissions' as const, message: 'Not to root.' }];
  on = new RunnerOn(api, { permissionModes: ['bypassPermissions'] });
  on.agent.probed = { ok: true, path: '/bin/claude', version: '2.1.200', refuses };
  await expect(on.done).rejects.toThrow('Not to root. No other mode is allowed here.');
  expect(api.requests('registerRunner')).toEqual([]);
});

test('a server that is away when it starts is waited for', async () => {
  let refused = 0;
  api.fault = () => {
    if (refused === 3) return undefined;
    refused += 1;
    return { status: 502, text: '<html>Bad gateway</html>' };
  };
  on = new RunnerOn(api);
  await soon(() => on.was).toEqual(['UNAVAILABLE', id]);
});

test('an outdated runner lets its sessions end, says why, and ends; what they said stays on its disk', async () => {
  const { run, first } = await session();
  api.fault = () => ({ status: 426, code: 'RUNNER_OUTDATED' });
  on.runner.hold();
  let over = false;
  const done = on.done
    .catch((error: Error & { code?: string }) => error.code)
    .finally(() => {
      over = true;
    });
  await soon(() => on.troubles).toEqual([expect.stringContaining('The sessions that run may end first.')]);
  expect(over).toBe(false);
  expect(first.asked).toEqual([]);
  first.end();
  expect(await done).toBe('RUNNER_OUTDATED');
  expect(on.ended).toEqual([`${run.id} SUCCEEDED`]);
  expect(on.files).toEqual([`${fileStem(run.id, 1)}.log`]);
});

test('a paused runner takes nothing and says so; resumed it takes what waits', async () => {
  on = new RunnerOn(api);
  await online();
  on.runner.hold();
  await soon(lastClaim).toMatchObject({ slots: 0, draining: true });
  api.launch();
  const before = api.requests('claim').length;
  on.runner.wake();
  await soon(() => api.requests('claim').length).toBeGreaterThan(before);
  expect(on.agent.sessions).toEqual([]);
  on.runner.release();
  await soon(() => on.agent.sessions.length).toBe(1);
});

test('drained it finishes what runs, takes nothing new, says goodbye and returns', async () => {
  const { run, first } = await session();
  on.runner.drain();
  await soon(lastClaim).toMatchObject({ slots: 0, draining: true });
  api.launch();
  first.say('last');
  first.end();
  await on.done;
  expect(api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  expect(on.agent.sessions).toHaveLength(1);
  expect(api.requests('heartbeat').at(-1)?.body).toMatchObject({ leaving: true, draining: true, leases: [] });
});

test('a drained runner that cannot deliver stays until it can', async () => {
  const { run, first } = await session();
  api.fault = ({ route }) => (route === 'finishRun' ? { status: 503, code: 'UNAVAILABLE' } : undefined);
  on.runner.drain();
  first.end();
  let over = false;
  void on.done.then(() => {
    over = true;
  });
  await soon(() => api.requests('finishRun').length).toBeGreaterThan(2);
  expect(over).toBe(false);
  api.fault = () => undefined;
  await on.done;
  expect(api.stored(run.id).finish?.status).toBe('SUCCEEDED');
});

test('told to leave it waits for its sessions, not for the server', async () => {
  const { run, first } = await session();
  api.fault = ({ route }) => (route === 'finishRun' ? { status: 503, code: 'UNAVAILABLE' } : undefined);
  on.runner.drain();
  const left = on.runner.leave();
  first.say('last');
  first.end();
  await left;
  await on.done;
  expect(api.stored(run.id).finish).toBeUndefined();
  expect(on.files).toEqual([`${fileStem(run.id, 1)}.log`]);
});

test('cancelled it ends every session, with the reason where there is one', async () => {
  const { run } = await session();
  on.runner.cancelAll({ code: 'runner_lost', message: 'The computer is shut down.' });
  await on.done;
  expect(api.stored(run.id).finish).toMatchObject({
    status: 'FAILED',
    failure: { code: 'runner_lost', message: 'The computer is shut down.' },
  });
});

test('after a sleep it asks at once, on the claim and beside it, and takes the time from the answer', async () => {
  on = new RunnerOn(api);
  await online();
  await soon(() => api.requests('claim').length).toBe(1);
  // The monotonic clock stood still meanwhile.
  api.aheadMs = 8 * 3_600_000;
  on.runner.wake();
  await soon(() => on.server.answered).toContain('heartbeat');
  await soon(() => api.requests('claim').length).toBe(2);
  expect(on.server.clock.now() - Date.now()).toBe(api.aheadMs);
});

test('commands are acknowledged in the next request, and no longer once that was answered', async () => {
  const { run } = await session();
  api.cancel(run.id);
  const acknowledged = () => (lastClaim()?.acknowledged as string[] | undefined)?.length;
  await soon(acknowledged).toBe(1);
  await soon(() => api.commands).toEqual([]);
  on.runner.wake();
  await soon(() => on.server.answered).toContain('heartbeat');
  on.runner.hold();
  await soon(lastClaim).toMatchObject({ draining: true, acknowledged: [] });
});

test('a session that is watched is said to be, and no longer once the server says so', async () => {
  const { run, first } = await session();
  api.watched.add(run.id);
  api.ring();
  await soon(lastClaim).toMatchObject({ watched: [run.id] });
  first.produce('hello');
  await soon(() => api.texts.get(`${run.id} 1`)).toBe('hello');
  api.watched.delete(run.id);
  api.ring();
  await soon(lastClaim).toMatchObject({ watched: [] });
});

test.runIf(pipesAreForOne)('a directory has one runner at a time', async () => {
  on = new RunnerOn(api);
  await online();
  const second = new RunnerOn(api, { runnerDir: on.dir }, join(tmpdir(), 'none'));
  await expect(second.done).rejects.toThrow();
  expect(api.requests('registerRunner')).toHaveLength(1);
});

test('a fault of our own ends it with every session, and is not hidden', async () => {
  const { first } = await session();
  on.agent.probe = () => Promise.reject(new TypeError('a fault'));
  api.fault = ({ route }) => (route === 'claim' ? { status: 404, code: 'NOT_FOUND' } : undefined);
  on.runner.hold();
  await expect(on.done).rejects.toThrow('a fault');
  expect(first.asked).toEqual(['stop']);
});
