import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAllowlist } from './allowlist/real-path-allowlist.js';
import { Attendance } from './attendance.js';
import { ControlPlane } from './control-plane/client.js';
import { Runner } from './runner.js';
import { lockPath } from './runner-lock.js';
import { TestControlApi } from './testing/control-api.js';
import { ScriptedAgent } from './testing/scripted-agent.js';

let folder: string;
let api: TestControlApi;
let agent: ScriptedAgent;
let runner: Runner;
let attendance: Attendance;
let running: Promise<void>;
let asked: string[];
let visitors: Socket[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentfleet-attend-'));
  api = await new TestControlApi().listen();
  agent = new ScriptedAgent();
  asked = [];
  visitors = [];
  runner = new Runner({
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
    visit: (socket) => attendance.visit(socket),
  });
  attendance = new Attendance({
    launch: 'this-start',
    runner,
    obey: (word) => asked.push(word),
    alone: () => runner.drain(),
    aloneMs: 300,
  });
  running = runner.run();
  await once(runner, 'online');
});
afterEach(async () => {
  for (const visitor of visitors) visitor.destroy();
  runner.cancelAll();
  for (const session of agent.sessions) session.end();
  await runner.leave();
  await running;
  await attendance.close();
  await api.close();
  await rm(folder, { recursive: true });
});

/** Somebody at the lock; what the runner says to him. */
async function aVisitor(): Promise<{ socket: Socket; lines: Interface; hello: unknown }> {
  const socket = connect(lockPath(join(folder, 'runner')));
  visitors.push(socket);
  const lines = createInterface(socket).on('error', () => undefined);
  const [hello] = await once(lines, 'line');
  return { socket, lines, hello: JSON.parse(hello) };
}
const ask = (socket: Socket, word: string) => socket.write(`${JSON.stringify(word)}\n`);

test('who comes to the lock is told who holds it, and may ask for an end; what is not understood changes nothing', async () => {
  const { socket, hello } = await aVisitor();
  expect(hello).toEqual({
    type: 'hello',
    pid: process.pid,
    launch: 'this-start',
    running: 0,
    draining: false,
    attended: false,
    upMs: expect.any(Number),
  });
  socket.write('no JSON\n"sing"\n{}\n');
  for (const word of ['drain', 'cancel', 'kill']) ask(socket, word);
  await expect.poll(() => asked).toEqual(['drain', 'cancel', 'kill']);
});

test('one attends: he reads what was said before and after, and a second one is cut off', async () => {
  attendance.say('before');
  const { socket, lines } = await aVisitor();
  const read: string[] = [];
  lines.on('line', (line) => read.push(JSON.parse(line).text));
  ask(socket, 'attend');
  await expect.poll(() => read).toEqual(['before']);
  attendance.say('after');
  await expect.poll(() => read).toEqual(['before', 'after']);
  const second = await aVisitor();
  expect(second.hello).toMatchObject({ attended: true });
  ask(second.socket, 'attend');
  await once(second.socket, 'close');
  // He who was killed says no farewell; the next one may come.
  socket.destroy();
  await expect.poll(async () => (await aVisitor()).hello).toMatchObject({ attended: false });
});

test('it ends by itself when it has no server, nobody who attends it and nothing to do, and not before', async () => {
  agent.script = () => undefined;
  api.launch({ cwd: folder });
  await expect.poll(() => agent.sessions.length).toBe(1);
  const { socket } = await aVisitor();
  ask(socket, 'attend');
  const offline = once(runner, 'offline');
  await api.close();
  await offline;
  const looks = () => new Promise((resolve) => setTimeout(resolve, 600));
  await looks();
  expect(runner.draining, 'a session runs').toBe(false);
  agent.sessions[0]?.end();
  await once(runner, 'ended');
  await looks();
  expect(runner.draining, 'somebody attends').toBe(false);
  socket.destroy();
  await expect.poll(() => runner.draining).toBe(true);
});
