import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAllowlist } from './allowlist/real-path-allowlist.js';
import { ControlPlane } from './control-plane/client.js';
import { Runner } from './runner.js';
import { TestControlApi } from './testing/control-api.js';
import { ScriptedAgent } from './testing/scripted-agent.js';

let folder: string;
let api: TestControlApi;
let agent: ScriptedAgent;
/** How far the monotonic clock is ahead of the true one, ms. */
let ahead = 0;
const trueClock = performance.now.bind(performance);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentfleet-drain-'));
  api = await new TestControlApi().listen();
  agent = new ScriptedAgent();
  vi.spyOn(performance, 'now').mockImplementation(() => trueClock() + ahead);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await api.close();
  await rm(folder, { recursive: true });
});

function aRunner(): Runner {
  return new Runner({
    settings: {
      url: api.url,
      apiKey: 'af_live_x',
      directories: [folder],
      name: 'mill',
      maxConcurrentRuns: 2,
      maxTimeoutSec: 60,
      maxStallSec: 60,
      maxApprovalSec: 60,
      permissionModes: ['default'],
      claudePath: undefined,
      runnerDir: join(folder, 'runner'),
    },
    server: new ControlPlane({ url: api.url, apiKey: 'af_live_x', version: '0.1.0', mostBackOffMs: 50 }),
    agent,
    allowlist: createAllowlist([folder]),
    version: '0.1.0',
    tickMs: 20,
  });
}

const severalTicks = () => delay(200);

test('a runner that drains while its server is away ends once nothing runs, and the next start delivers', async () => {
  agent.script = () => undefined;
  const runner = aRunner();
  const troubles: string[] = [];
  runner.on('trouble', (message) => troubles.push(message));
  const run = api.launch({ cwd: folder });
  let hasEnded = false;
  const running = runner.run().then(() => {
    hasEnded = true;
  });
  await expect.poll(() => agent.sessions.length).toBe(1);
  const offline = once(runner, 'offline');
  api.fault = () => ({ status: 503 });
  runner.drain();
  await offline;
  ahead += 60_000;
  await severalTicks();
  expect(hasEnded, 'a session runs').toBe(false);
  agent.sessions[0]?.end();
  await once(runner, 'ended');
  await severalTicks();
  expect(hasEnded, 'it tries for some seconds').toBe(false);
  ahead += 11_000;
  await running;
  expect(troubles).toEqual([
    'The server is away: the log of a session stays here until the next start delivers it.',
  ]);
  expect(api.stored(run.id).finish).toBeUndefined();
  api.fault = () => undefined;
  const next = aRunner();
  const delivered = next.run();
  await expect.poll(() => api.stored(run.id).finish?.status).toBe('SUCCEEDED');
  next.drain();
  await delivered;
});

test('a server that comes back in these seconds gets everything before the runner ends', async () => {
  agent.script = () => undefined;
  const runner = aRunner();
  const run = api.launch({ cwd: folder });
  const running = runner.run();
  await expect.poll(() => agent.sessions.length).toBe(1);
  const offline = once(runner, 'offline');
  api.fault = () => ({ status: 503 });
  runner.drain();
  await offline;
  agent.sessions[0]?.end();
  await once(runner, 'ended');
  api.fault = () => undefined;
  await running;
  expect(api.stored(run.id).finish?.status).toBe('SUCCEEDED');
});
