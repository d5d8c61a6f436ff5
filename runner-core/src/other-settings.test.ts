import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from './settings.js';
import { TestControlApi } from './testing/control-api.js';
import { RunnerOn } from './testing/runner-on.js';

let api: TestControlApi;
const started: RunnerOn[] = [];

beforeEach(async () => {
  api = await new TestControlApi().listen();
});
afterEach(async () => {
  for (const each of started.splice(0)) await each.close();
  await api.close();
});

function aRunner(settings: Partial<Settings> = {}, dir?: string): RunnerOn {
  const runner = new RunnerOn(api, settings, dir);
  started.push(runner);
  return runner;
}

const registered = () => api.requests('registerRunner').map(({ body }) => body.name);

test('what is changed while the change before is being told is told too', async () => {
  const on = aRunner();
  await expect.poll(() => registered().length).toBe(1);
  const change = (name: string) => on.runner.use({ ...on.parts, settings: { ...on.parts.settings, name } });
  const { probe } = on.agent;
  // Between the two the agent is asked for its version, which takes a while.
  on.agent.probe = async () => {
    on.agent.probe = probe;
    change('second');
    return probe.call(on.agent);
  };
  change('first');
  await expect.poll(registered).toEqual(['test', 'first', 'second']);
});

test('modes of which none is left end no session: what runs may end first', async () => {
  const on = aRunner();
  const run = api.launch({ cwd: process.cwd() });
  await expect.poll(() => on.agent.sessions.length).toBe(1);
  on.agent.probe = async () => ({
    ok: true,
    path: '/bin/claude',
    version: '2.1.200',
    refuses: [{ mode: 'bypassPermissions', message: 'It refuses bypassPermissions.' }],
  });
  on.runner.use({ ...on.parts, settings: { ...on.parts.settings, permissionModes: ['bypassPermissions'] } });
  await expect.poll(() => on.troubles.join()).toContain('may end first');
  expect(on.agent.sessions[0]?.asked).toEqual([]);
  on.agent.sessions[0]?.end();
  await expect.poll(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  await on.done;
});

test('fewer sessions at once take no place from one that runs', async () => {
  const on = aRunner({ maxConcurrentRuns: 2 });
  const runs = [api.launch({ cwd: process.cwd() }), api.launch({ cwd: process.cwd() })];
  await expect.poll(() => on.agent.sessions.length).toBe(2);
  on.runner.use({ ...on.parts, settings: { ...on.parts.settings, maxConcurrentRuns: 1 } });
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ slots: 0 });
  for (const session of on.agent.sessions) session.end();
  for (const { id } of runs) await expect.poll(() => api.stored(id).finish?.status).toBe('SUCCEEDED');
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ slots: 1 });
});

test('what one server has not taken is not told to another, and is delivered when it is worked for again', async () => {
  const first = aRunner();
  const run = api.launch({ cwd: process.cwd() });
  await expect.poll(() => first.agent.sessions.length).toBe(1);
  api.fault = () => ({ status: 503 });
  first.agent.sessions[0]?.end();
  await expect.poll(() => first.ended.length).toBe(1);
  first.runner.drain();
  await first.runner.leave();
  await first.done;
  expect(first.troubles.join()).toContain('stays here until the next start delivers it');

  const other = await new TestControlApi().listen();
  const moved = new RunnerOn(other, {}, first.dir);
  await expect.poll(() => other.requests('claim').length).toBeGreaterThan(0);
  expect(moved.troubles).toEqual([
    `What ${api.url} has not taken of its sessions stays here until this runner works for it again.`,
  ]);
  moved.runner.drain();
  await moved.done;
  expect(other.requests('finishRun')).toEqual([]);
  expect(other.requests('appendEvents')).toEqual([]);
  await other.close();

  api.fault = () => undefined;
  const back = aRunner({}, first.dir);
  await expect.poll(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  await expect.poll(() => readdirSync(join(back.dir, 'outbox'))).toEqual([]);
});
