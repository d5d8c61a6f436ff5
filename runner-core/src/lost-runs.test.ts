import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileStem, Outbox } from './outbox/outbox.js';
import { TestControlApi } from './testing/control-api.js';
import { RunnerOn } from './testing/runner-on.js';

let api: TestControlApi;
let on: RunnerOn;
beforeEach(async () => {
  api = await new TestControlApi().listen();
});
afterEach(async () => {
  await on.close();
  await api.close();
});

const stored = (id: string) => api.stored(id).events.map(({ message }) => message);
const kept = (name: string) => readFileSync(join(on.dir, 'outbox', name), 'utf8');

/** A session that has said `one`, and the server has it. */
async function session() {
  on = new RunnerOn(api);
  const run = api.launch();
  await expect.poll(() => on.agent.sessions.length).toBe(1);
  const [first] = on.agent.sessions;
  if (!first) throw new Error('it began');
  first.say('one');
  await expect.poll(() => stored(run.id)).toEqual(['one']);
  return { run, first };
}

test('a session that the server does not know any more ends in order, and its whole log is kept and named', async () => {
  const { run, first } = await session();
  on.agent.stops = false;
  api.forget(run.id);
  first.say('two');
  await expect.poll(() => first.asked).toEqual(['stop']);
  first.say('last words');
  first.end({ status: 'FAILED', failure: { code: 'internal', message: 'ended' }, result: null });
  const name = `${fileStem(run.id, 1)}.log.orphaned`;
  await expect.poll(() => on.troubles).toEqual([expect.stringContaining(join(on.dir, 'outbox', name))]);
  expect(on.troubles[0]).toContain('does not know this session any more');
  expect(on.ended).toEqual([`${run.id} FAILED`]);
  expect(on.files).toEqual([name]);
  for (const message of ['one', 'two', 'last words']) expect(kept(name)).toContain(`"message":"${message}"`);
  expect(kept(name)).toContain('"status":"FAILED"');
});

test('a silent session that the server does not know any more is heard of by the claim, and kept though all was delivered', async () => {
  const { run, first } = await session();
  api.forget(run.id);
  api.ring();
  await expect.poll(() => on.files).toEqual([`${fileStem(run.id, 1)}.log.orphaned`]);
  expect(first.asked).toEqual(['stop']);
  expect(on.ended).toEqual([`${run.id} FAILED`]);
});

test('a session that ended by itself is told as it ended, when the server knows nothing of it at the finish', async () => {
  const { run, first } = await session();
  api.forget(run.id);
  first.end();
  await expect.poll(() => on.files).toEqual([`${fileStem(run.id, 1)}.log.orphaned`]);
  expect(on.ended).toEqual([`${run.id} SUCCEEDED`]);
  expect(kept(`${fileStem(run.id, 1)}.log.orphaned`)).toContain('"result":"done"');
  expect(on.troubles).toHaveLength(1);
});

test('a run that the server has forgotten before its start is not executed, leaves nothing, and is told', async () => {
  api.fault = ({ route, id }) => {
    if (route === 'startRun') api.forget(id);
    return undefined;
  };
  on = new RunnerOn(api);
  const run = api.launch();
  await expect.poll(() => on.ended).toEqual([`${run.id} FAILED`]);
  await expect.poll(() => on.troubles).toEqual([expect.stringContaining('It did not begin.')]);
  expect(on.agent.sessions).toEqual([]);
  expect(on.files).toEqual([]);
});

test('a database from before the claim gives the run out again: the first log is kept beside the second', async () => {
  const { run, first } = await session();
  on.agent.stops = false;
  api.restore(run.id);
  await expect.poll(() => first.asked).toEqual(['stop']);
  expect(on.agent.sessions).toHaveLength(1);
  first.end({ status: 'FAILED', failure: { code: 'internal', message: 'ended' } });
  await expect.poll(() => on.agent.sessions.length).toBe(2);
  expect(on.ended).toEqual([`${run.id} FAILED`]);
  expect(on.files).toContain(`${fileStem(run.id, 1)}.log.orphaned`);
  expect(kept(`${fileStem(run.id, 1)}.log.orphaned`)).toContain('"message":"one"');
  on.session(1).say('again');
  on.session(1).end();
  await expect.poll(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  expect(stored(run.id)).toEqual(['again']);
});

test('two logs of one name that the server has forgotten are both kept', async () => {
  const { run, first } = await session();
  api.restore(run.id);
  await expect.poll(() => on.agent.sessions.length).toBe(2);
  on.session(1).say('again');
  await expect.poll(() => stored(run.id)).toEqual(['again']);
  api.forget(run.id);
  api.ring();
  await expect.poll(() => on.troubles.length).toBe(2);
  expect(first.asked).toEqual(['stop']);
  expect(on.files).toHaveLength(2);
  const logs = on.files.map(kept).join();
  for (const message of ['one', 'again']) expect(logs).toContain(`"message":"${message}"`);
});

test('an older server says of both that they are stale: the session is dropped, the log is kept', async () => {
  api.isOld = true;
  const { run, first } = await session();
  api.forget(run.id);
  api.ring();
  await expect.poll(() => on.files).toEqual([`${fileStem(run.id, 1)}.log.superseded`]);
  expect(first.asked).toEqual(['stop']);
  expect(on.ended).toEqual([`${run.id} DROPPED`]);
  expect(on.troubles).toEqual([expect.stringContaining('.superseded')]);
});

test('a session whose run another attempt has is dropped, and forgotten when the server has all of it', async () => {
  const { run, first } = await session();
  api.fault = ({ route }) => (route === 'startRun' ? { status: 503, code: 'UNAVAILABLE' } : undefined);
  api.requeue(run.id);
  await expect.poll(() => on.ended).toEqual([`${run.id} DROPPED`]);
  expect(first.asked).toEqual(['stop']);
  await expect.poll(() => on.files).toEqual([`${fileStem(run.id, 2)}.log`]);
  expect(on.troubles).toEqual([]);
});

test('what the server has not got of a session whose run another attempt has is kept', async () => {
  const { run, first } = await session();
  api.fault = ({ route }) =>
    route === 'appendEvents' || route === 'startRun' ? { status: 503, code: 'UNAVAILABLE' } : undefined;
  first.say('two');
  api.requeue(run.id);
  await expect.poll(() => on.ended).toEqual([`${run.id} DROPPED`]);
  await expect.poll(() => on.files).toContain(`${fileStem(run.id, 1)}.log.superseded`);
  expect(kept(`${fileStem(run.id, 1)}.log.superseded`)).toContain('"message":"two"');
  expect(on.troubles).toEqual([expect.stringContaining('.superseded')]);
});

test('a log that a process before left, of a run that this server never had, is kept and named', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lost-runs-'));
  const run = api.launch();
  const outbox = Outbox.create(join(dir, 'outbox'), run);
  await outbox.markStarted();
  outbox.append({ kind: 'assistant', message: 'one', data: null });
  api.forget(run.id);
  on = new RunnerOn(api, {}, dir);
  await expect.poll(() => on.files).toEqual([`${fileStem(run.id, 1)}.log.orphaned`]);
  expect(kept(`${fileStem(run.id, 1)}.log.orphaned`)).toContain('"message":"one"');
  await expect.poll(() => on.troubles).toEqual([expect.stringContaining('.orphaned')]);
  await on.close();
  // The next start leaves it alone.
  on = new RunnerOn(api, {}, dir);
  await expect.poll(() => on.was).toEqual(['run_test00000001']);
  expect(on.troubles).toEqual([]);
});

test('a runner that the server does not know any more registers again, and its sessions go on', async () => {
  const { run, first } = await session();
  let refused = 0;
  api.fault = ({ route }) => {
    if (route !== 'claim' || refused > 0) return undefined;
    refused += 1;
    return { status: 404, code: 'NOT_FOUND' };
  };
  const before = api.requests('registerRunner').length;
  on.runner.hold();
  on.runner.release();
  await expect.poll(() => api.requests('registerRunner').length).toBe(before + 1);
  first.say('two');
  first.end();
  await expect.poll(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  expect(stored(run.id)).toEqual(['one', 'two']);
  expect(first.asked).toEqual([]);
  await expect.poll(() => on.files).toEqual([]);
});
