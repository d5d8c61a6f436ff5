import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, Run, Runner, RunWithLogs } from '@agentfleet/contract';
import { startTestPostgres, type TestPostgres } from '@agentfleet/server';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest';
import { claude } from './fleet.js';
import { killLocalRunner, localRunner } from './local-runner.js';
import {
  gate,
  type ModelServer,
  modelMessages,
  modelServerEnvironment,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';
import { childrenOf, freePort, isAlive, Program, until } from './program.js';

// `npm start` and the runner it brings, when the server is killed, asked to end, or started with other settings.
let model: ModelServer;
let home: string;
let url: string;
let key: string;
let environment: NodeJS.ProcessEnv;
let runnerDir: string;
let servers: Program[] = [];
/** The sessions' second and third answers wait for these. */
let second: Gate;
let third: Gate;

interface Gate {
  opened: Promise<void>;
  open(): void;
}
function closedGate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

beforeAll(async () => {
  model = await startModelServer((request) => {
    const step = modelMessages(request);
    const use = toolUse('Glob', { pattern: `step-${step}` });
    if (step === 1) return [gate(second.opened), use];
    if (step === 2) return [gate(third.opened), text('done')];
    return [text('begins'), use];
  });
  home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-local-')));
  await mkdir(join(home, 'code'));
  const dataDir = join(home, '.agentfleet', 'server');
  runnerDir = join(dataDir, 'local-runner');
  const template = process.env.TEST_EMBEDDED_TEMPLATE;
  if (template) cpSync(template, dataDir, { recursive: true });
  const port = await freePort();
  url = `http://localhost:${port}`;
  environment = {
    PORT: String(port),
    ALLOWED_DIRS: join(home, 'code'),
    AGENTFLEET_CLAUDE_PATH: claude,
    ...modelServerEnvironment(model.url, home),
  };
  const first = await online();
  key = /af_live_[0-9A-Za-z]{38}/.exec(first.said)?.[0] ?? '';
  await ended(first, 'SIGINT');
}, 60_000);
beforeEach(() => {
  second = closedGate();
  third = closedGate();
  // What a wait that ran out of time was waiting for stands in what they said.
  const started = servers;
  onTestFailed(() => console.error(started.map(({ said }) => said).join('\n---\n')));
});
afterEach(async () => {
  second.open();
  third.open();
  await Promise.all(servers.map((server) => server.end('SIGKILL')));
  servers = [];
  await killLocalRunner(runnerDir);
});
afterAll(async () => {
  await model?.close();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

function start(more: NodeJS.ProcessEnv = {}): Program {
  const server = new Program('server/dist/start.js', [], home, { ...environment, ...more });
  servers.push(server);
  return server;
}

/** A server whose runner has something to say, or goes on. */
async function online(more: NodeJS.ProcessEnv = {}): Promise<Program> {
  const server = start(more);
  await until(() => /Online as|goes on with|finishes a session/.test(server.said) || server.hasEnded);
  if (server.hasEnded) throw new Error(`The server ended: ${server.said}`);
  return server;
}

async function ended(server: Program, signal: NodeJS.Signals): Promise<void> {
  const pid = (await localRunner(runnerDir))?.pid ?? 0;
  await server.end(signal);
  await until(() => !isAlive(pid));
}

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
  return (await answer.json()) as Answer;
}
/** Servers start slowly where others work too. */
const slowly = { timeout: 180_000 };
const run = (id: string) => get<RunWithLogs>(`/runs/${id}`);

/** A session that waits for its second answer. */
async function aSession(): Promise<string> {
  const response = await fetch(`${url}/api/v1/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'go', cwd: join(home, 'code') }),
  });
  const { id } = (await response.json()) as Run;
  await until(async () => (await run(id)).logs.some(isGlob));
  return id;
}
const isGlob = ({ kind }: Event) => kind === 'tool_use';

const steps = () => model.requests.filter(({ messages }) => messages.length > 0).map(modelMessages);

/** Waits for the end of a run. @returns it, and each status it was seen in */
async function followed(id: string): Promise<{ ended: RunWithLogs; seen: Set<string> }> {
  const seen = new Set<string>();
  for (;;) {
    const now = await run(id);
    if (now.finishedAt !== null) return { ended: now, seen };
    seen.add(now.status);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function expectWhole({ status, result, failure, logs }: RunWithLogs): void {
  expect({ status, result, failure }).toEqual({ status: 'SUCCEEDED', result: 'done', failure: null });
  expect(logs.map((event) => event.seq)).toEqual(logs.map((_event, at) => at + 1));
  expect(logs.filter(isGlob).map(({ message }) => message)).toEqual(['Glob step-0', 'Glob step-1']);
  expect(logs.at(-1)).toMatchObject({ kind: 'result', message: 'done' });
}

test(
  'a session goes on while its server is killed and away, and is RUNNING until it has SUCCEEDED',
  slowly,
  async () => {
    const server = await online();
    const id = await aSession();
    const pid = (await localRunner(runnerDir))?.pid;
    await server.end('SIGKILL');
    const before = steps().length;
    second.open();
    // It goes on without any server.
    await until(() => steps().length > before && steps().at(-1) === 2);
    const again = await online();
    expect(again.said).toContain('The local runner of an earlier start goes on with a session.');
    expect(await localRunner(runnerDir)).toMatchObject({ pid, running: 1, attended: true });
    expect((await run(id)).status).toBe('RUNNING');
    setTimeout(third.open, 500);
    const { ended: whole, seen } = await followed(id);
    expect([...seen]).toEqual(['RUNNING']);
    expectWhole(whole);
    await until(() => again.said.includes(`${id} SUCCEEDED`));
    // What it said while nobody read.
    expect(again.said).toContain('Offline.');
  },
);

test('Ctrl+C ends a runner of an earlier start in order: what runs finishes first', slowly, async () => {
  const server = await online();
  const id = await aSession();
  await server.end('SIGKILL');
  const again = await online();
  const pid = (await localRunner(runnerDir))?.pid ?? 0;
  again.child.kill('SIGINT');
  await until(() => again.said.includes('Draining: 1 running'));
  second.open();
  third.open();
  expect(await again.ended()).toBe(0);
  await until(() => !isAlive(pid));
  await online();
  expectWhole(await run(id));
});

test.each([
  ['second', 2],
  ['third', 3],
])('the %s Ctrl+C ends its session and itself', slowly, async (_name, times) => {
  const server = await online();
  const id = await aSession();
  await server.end('SIGKILL');
  const again = await online();
  const pid = (await localRunner(runnerDir))?.pid ?? 0;
  const said = ['Draining: 1 running', 'Cancelling.'];
  for (let time = 0; time < times; time += 1) {
    again.child.kill('SIGINT');
    await until(() => again.said.includes(said[time] ?? ''));
    // Two that come close together count as one.
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
  await again.ended();
  await until(() => !isAlive(pid));
  await online();
  expect((await followed(id)).ended).toMatchObject({ status: 'CANCELLED' });
});

test(
  'a runner with the settings of an earlier start finishes its session, then one with the new ones follows',
  slowly,
  async () => {
    const server = await online();
    const id = await aSession();
    const pid = (await localRunner(runnerDir))?.pid ?? 0;
    await server.end('SIGKILL');
    const other = join(home, 'other');
    await mkdir(other);
    const again = await online({ ALLOWED_DIRS: other });
    expect(again.said).toContain('finishes a session with the settings of then');
    second.open();
    third.open();
    expectWhole((await followed(id)).ended);
    await until(async () => {
      const { data } = await get<{ data: Runner[] }>('/runners');
      return data.some((runner) => runner.state === 'online' && runner.directories[0] === other);
    });
    expect((await localRunner(runnerDir))?.pid).not.toBe(pid);
    await until(() => !isAlive(pid));
  },
);

test('one that has nothing to do makes room for one with the environment of this start', slowly, async () => {
  const server = await online();
  const pid = (await localRunner(runnerDir))?.pid ?? 0;
  await server.end('SIGKILL');
  expect(isAlive(pid)).toBe(true);
  const again = await online();
  await until(async () => ((await localRunner(runnerDir))?.pid ?? pid) !== pid);
  // It lets go of its directory as the last thing before its end.
  await until(() => !isAlive(pid));
  expect(again.said).not.toContain('ended by itself');
});

// Without `ps` nobody knows its process.
test.skipIf(process.platform === 'win32')(
  'a server that is killed while its runner starts leaves one runner, not two',
  async () => {
    const server = start();
    await until(() => childrenOf(server.pid).length > 0);
    const [first = 0] = childrenOf(server.pid);
    await server.end('SIGKILL');
    await online();
    await until(async () => {
      const now = await localRunner(runnerDir);
      return now?.attended === true && (now.pid === first || !isAlive(first));
    });
    const id = await aSession();
    second.open();
    third.open();
    expectWhole((await followed(id)).ended);
  },
);

test(
  'its key is in a file that only its user can read, stays the same, and is in no environment or output',
  slowly,
  async () => {
    const server = await online();
    const file = join(runnerDir, 'key');
    const kept = await readFile(file, 'utf8');
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o077).toBe(0);
    if (process.platform === 'linux') {
      const { pid } = (await localRunner(runnerDir)) ?? {};
      expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('af_live_');
    }
    await ended(server, 'SIGINT');
    // One of the user's own, for calling the API, is not taken for the runner's.
    const again = await online({ AGENTFLEET_API_KEY: key });
    expect(await readFile(file, 'utf8')).toBe(kept);
    expect(again.said + (await readFile(join(runnerDir, 'runner.log'), 'utf8'))).not.toContain('af_live_');
  },
);

test(
  'of two servers that come at once for one directory, one has the runner, the other says so and gets one later',
  slowly,
  async () => {
    const postgres: TestPostgres = await startTestPostgres();
    try {
      const shared = { DATABASE_URL: postgres.url, PORT: '0' };
      const both = [start(shared), start(shared)];
      await until(() => both.some(({ said }) => said.includes('has no local runner')));
      await until(() => both.some(({ said }) => said.includes('Online as')));
      const [without, owner] = both.toSorted(
        (a, b) => Number(a.said.includes('Online as')) - Number(b.said.includes('Online as')),
      );
      expect(without?.said).toContain('the local runner of another server uses');
      expect(await owner?.end('SIGINT')).toBe(0);
      await until(() => without?.said.includes('Online as') === true);
      expect(without?.said).not.toContain('ended by itself');
    } finally {
      await Promise.all(servers.map((server) => server.end('SIGKILL')));
      await killLocalRunner(runnerDir);
      await postgres.stop();
    }
  },
);
