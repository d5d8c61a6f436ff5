import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalSession, RunnerPhase } from '@agentfleet/bridge';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestControlApi } from '../../../../runner-core/src/testing/control-api.js';
import { ScriptedAgent } from '../../../../runner-core/src/testing/scripted-agent.js';
import { RunnerHost } from './runner-host.js';

let folder: string;
let api: TestControlApi;
let agent: ScriptedAgent;
let host: RunnerHost;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-host-'));
  api = await new TestControlApi().listen();
  agent = new ScriptedAgent();
  host = new RunnerHost({
    version: '0.1.0',
    env: {},
    log: () => undefined,
    createAgent: () => agent,
    firstPauseMs: 10,
  });
});
afterEach(async () => {
  await host.end('cancel');
  await api.close();
  rmSync(folder, { recursive: true });
});

const settings = (more = {}) => ({
  url: api.url,
  apiKey: 'af_live_x',
  directories: [folder],
  name: 'mill',
  maxConcurrentRuns: 2,
  maxTimeoutSec: 60,
  maxStallSec: 60,
  maxApprovalSec: 60,
  permissionModes: ['default' as const],
  claudePath: undefined,
  runnerDir: join(folder, '.runner'),
  ...more,
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await once(host, 'changed');
}
const phase = (wanted: RunnerPhase) => until(() => host.status.phase === wanted);

test('it is online with settings, stopped without', async () => {
  expect(host.status.phase).toBe('stopped');
  host.configure(settings());
  await phase('online');
  expect(host.status.runnerId).toBe('run_test00000001');
  host.configure(undefined);
  await phase('stopped');
});

test('a session is seen while it runs, with its last line, and told when it ends', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  const run = api.launch({ cwd: folder, input: 'fix it' });
  await expect.poll(() => agent.sessions.length).toBe(1);
  agent.sessions[0]?.say('Edit a.ts');
  await until(() => host.status.running[0]?.lastLine === 'Edit a.ts');
  const told = once(host, 'ended') as Promise<[LocalSession]>;
  agent.sessions[0]?.end();
  expect((await told)[0]).toMatchObject({ id: run.id, title: 'fix it', status: 'SUCCEEDED' });
  expect(host.status).toMatchObject({ running: [], recent: [{ id: run.id }] });
});

test('of a session that its server does not know any more the person is told where the log is', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  const run = api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  agent.sessions[0]?.say('one');
  const told = once(host, 'trouble') as Promise<[string]>;
  const ended = once(host, 'ended') as Promise<[LocalSession]>;
  api.forget(run.id);
  api.ring();
  const [words] = await told;
  expect(words).toContain(join(folder, '.runner', 'outbox'));
  expect(words).toMatch(/[0-9a-f]{32}\.log\.orphaned\.$/);
  expect((await ended)[0]).toMatchObject({ id: run.id, status: 'FAILED' });
});

test('paused it finishes what runs, takes nothing new, and says so to the server; resumed it goes on', async () => {
  host.configure(settings());
  await phase('online');
  host.pause();
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ draining: true, slots: 0 });
  const run = api.launch({ cwd: folder });
  expect(agent.sessions).toHaveLength(0);
  host.resume();
  await expect.poll(() => api.stored(run.id).state).toBe('ENDED');
});

test('a pause outlives a change of settings', async () => {
  host.configure(settings());
  await phase('online');
  host.pause();
  host.configure(settings({ name: 'attic' }));
  await expect.poll(() => api.requests('registerRunner').at(-1)?.body.name).toBe('attic');
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ draining: true });
});

test('a setting that is changed while a session runs holds at once, and the session goes on as it began', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  const run = api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  host.configure(settings({ name: 'attic', maxConcurrentRuns: 3 }));
  await expect
    .poll(() => api.requests('registerRunner').at(-1)?.body)
    .toMatchObject({ name: 'attic', maxConcurrentRuns: 3 });
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ slots: 2, draining: false });
  const other = api.launch({ cwd: folder });
  await expect.poll(() => host.status.running.map(({ id }) => id)).toEqual([run.id, other.id]);
  expect(agent.sessions[0]?.asked).toEqual([]);
  for (const session of agent.sessions) session.end();
  await expect.poll(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
});

test('settings that only another runner can work with wait for the current session', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  const run = api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  host.configure(settings({ apiKey: 'af_live_y' }));
  expect(host.status).toMatchObject({ phase: 'draining', reason: expect.stringContaining('new settings') });
  const registered = api.requests('registerRunner').length;
  agent.sessions[0]?.end();
  await expect.poll(() => api.requests('registerRunner').length).toBe(registered + 1);
  expect(api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  await phase('online');
});

test('without settings it finishes what runs, and with the same ones again it goes on', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  host.configure(undefined);
  expect(host.status.phase).toBe('draining');
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ draining: true, slots: 0 });
  expect(agent.sessions[0]?.asked).toEqual([]);
  host.configure(settings());
  expect(host.status.phase).toBe('online');
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ draining: false, slots: 1 });
});

test('let go of, it stops what runs and the server knows before that is done', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  const run = api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  await host.letGo();
  expect(api.stored(run.id).finish?.status).toBe('CANCELLED');
  expect(host.status).toMatchObject({ phase: 'stopped', running: [] });
});

test('a session is stopped here although the server is away, and the server hears of it when it is back', async () => {
  agent.script = () => undefined;
  const { port } = api;
  host.configure(settings());
  await phase('online');
  const run = api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  await api.close();
  await phase('offline');
  const ended = once(host, 'ended') as Promise<[LocalSession]>;
  host.stop(run.id);
  expect((await ended)[0]).toMatchObject({ id: run.id, status: 'CANCELLED' });
  await api.listen(port);
  host.wake();
  await expect.poll(() => api.stored(run.id).finish?.status).toBe('CANCELLED');
});

test('a key that the server refuses is a reason, and it tries again', async () => {
  let refuse = true;
  api.fault = () => (refuse ? { status: 401, code: 'UNAUTHORIZED' } : undefined);
  host.configure(settings());
  await phase('blocked');
  expect(host.status.reason).toContain('Replace it in the settings');
  refuse = false;
  await phase('online');
});

test('a key that is revoked while it works is told once, as what a person has to mend, and one that is taken again ends that', async () => {
  const told: string[] = [];
  host.on('trouble', (message) => told.push(message));
  let refuse = false;
  api.fault = () => (refuse ? { status: 401, code: 'UNAUTHORIZED' } : undefined);
  host.configure(settings());
  await phase('online');
  refuse = true;
  host.wake();
  await phase('blocked');
  expect(told.filter((each) => each.startsWith('The key is wrong, expired or revoked.'))).toHaveLength(1);
  host.wake();
  refuse = false;
  host.wake();
  await phase('online');
});

test('a server that is away is a reason, and back it is online', async () => {
  const { port } = api;
  host.configure(settings());
  await phase('online');
  await api.close();
  await phase('offline');
  expect(host.status.reason).toContain('does not answer');
  api = await new TestControlApi().listen(port);
  host.wake();
  await phase('online');
});

test('a runner that crashes is started again', async () => {
  let crashes = 1;
  agent.probe = async () => {
    crashes -= 1;
    if (crashes >= 0) throw new Error('a fault of ours');
    return { ok: true, path: '/bin/claude', version: '2.1.200', refuses: [] };
  };
  host.configure(settings());
  await phase('blocked');
  expect(host.status.reason).toBe('a fault of ours.');
  await phase('online');
});

test('two hosts never share a runner’s directory: the second waits and says why', async () => {
  host.configure(settings());
  await phase('online');
  const second = new RunnerHost({
    version: '0.1.0',
    env: {},
    log: () => undefined,
    createAgent: () => agent,
  });
  second.configure(settings());
  while (second.status.phase !== 'blocked') await once(second, 'changed');
  expect(second.status.reason).toContain('Another runner');
  expect(second.status.reason).not.toContain('AGENTFLEET_');
  await second.end('finish');
});

test('quitting may let a session finish', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  const run = api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  const ended = host.end('finish');
  expect(agent.sessions[0]?.asked).toEqual([]);
  agent.sessions[0]?.end();
  await ended;
  expect(api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  expect(host.status.phase).toBe('stopped');
});

test('quitting it tells the server that it goes', async () => {
  host.configure(settings());
  await phase('online');
  await host.end('finish');
  expect(api.requests('heartbeat').at(-1)?.body).toMatchObject({ leaving: true, leases: [] });
});

test('a server that is gone does not keep it from quitting', async () => {
  host.configure(settings());
  await phase('online');
  await api.close();
  await host.end('finish');
  expect(host.status.phase).toBe('stopped');
});

test('quitting may stop it, also while it is being finished', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  const run = api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  const finishing = host.end('finish');
  await host.end('cancel', { code: 'runner_lost', message: 'gone' });
  await finishing;
  expect(api.stored(run.id).finish?.failure?.code).toBe('runner_lost');
});

test('what two hold it for goes on when one of them takes it back, and it takes sessions again when both have', async () => {
  agent.script = () => undefined;
  host.configure(settings());
  await phase('online');
  api.launch({ cwd: folder });
  await until(() => host.status.running.length === 1);
  host.hold('move', 'It moves.');
  host.hold('quit', 'It quits.');
  expect(host.status).toMatchObject({ phase: 'draining', reason: 'It quits.', quits: true });
  host.release('quit');
  expect(host.status).toMatchObject({ phase: 'draining', reason: 'It moves.', quits: false });
  host.release('move');
  await phase('online');
  api.launch({ cwd: folder });
  await until(() => host.status.running.length === 2);
});
