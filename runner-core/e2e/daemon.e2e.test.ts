import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiKey, type CreatedApiKey, formatApiKey, type Runner } from '@agentfleet/contract';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { forRoot } from './clis.js';
import { claude, Fleet } from './fleet.js';
import {
  delay,
  type ModelServer,
  modelMessages,
  modelServerEnvironment,
  type Script,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';
import { Program, until } from './program.js';

// The built daemon as a process: how it starts, who it is, and how it goes. The server is real too.
let model: ModelServer;
let fleet: Fleet;
let home: string;
let script: Script;
let daemons: Program[] = [];

beforeAll(async () => {
  model = await startModelServer((request) => script(request));
  fleet = await Fleet.start(model, { daemon: false });
  home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-daemon-')));
}, 60_000);
afterAll(async () => {
  await fleet?.close();
  await model?.close();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});
beforeEach(() => {
  script = () => [text('done')];
});
afterEach(async () => {
  await Promise.all(daemons.map((daemon) => daemon.end('SIGKILL')));
  daemons = [];
});

const file = 'runner/agentfleet-runner.mjs';

/** The documented settings, and where this test keeps things. */
function settings(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    AGENTFLEET_URL: fleet.url,
    AGENTFLEET_API_KEY: fleet.key,
    ALLOWED_DIRS: fleet.allowed,
    RUNNER_NAME: 'home-desktop',
    AGENTFLEET_CLAUDE_PATH: claude,
    AGENTFLEET_RUNNER_DIR: join(home, 'runner'),
    ...forRoot,
    ...modelServerEnvironment(model.url, home),
    ...more,
  };
}

/** A daemon that is online, and its id. */
async function online(more: NodeJS.ProcessEnv = {}): Promise<{ daemon: Program; id: string }> {
  const daemon = new Program(file, [], home, settings(more));
  daemons.push(daemon);
  const id = () => /Online as .* \((run_[a-z0-9]+)\)/.exec(daemon.said)?.[1];
  await until(() => id() !== undefined || daemon.hasEnded);
  return { daemon, id: id() ?? `no id: ${daemon.said}` };
}

async function refusal(more: NodeJS.ProcessEnv): Promise<{ code: number | null; said: string }> {
  const daemon = new Program(file, [], home, settings(more));
  daemons.push(daemon);
  return { code: await daemon.ended(), said: daemon.said };
}

const runners = async () => (await fleet.get<{ data: Runner[] }>('/runners')).data;
const forget = ({ id }: Runner) => fleet.request('DELETE', `/runners/${id}`);
const running = (id: string) => until(async () => (await fleet.run(id)).status === 'RUNNING');
const windows = process.platform === 'win32';

test.each([
  ['AGENTFLEET_URL', { AGENTFLEET_URL: '' }, 'AGENTFLEET_URL is not set. Set it to'],
  ['AGENTFLEET_API_KEY', { AGENTFLEET_API_KEY: '' }, 'AGENTFLEET_API_KEY is not set. Create'],
  ['ALLOWED_DIRS', { ALLOWED_DIRS: 'code' }, 'ALLOWED_DIRS holds "code", but every directory must be'],
  ['MAX_CONCURRENT_RUNS', { MAX_CONCURRENT_RUNS: '0' }, 'MAX_CONCURRENT_RUNS is "0", but must be'],
  ['AGENTFLEET_CLAUDE_PATH', { AGENTFLEET_CLAUDE_PATH: '/nowhere' }, 'Check AGENTFLEET_CLAUDE_PATH'],
])('a wrong %s ends it at once with a sentence that names it', async (_name, more, sentence) => {
  const { code, said } = await refusal(more);
  expect(code).toBe(2);
  expect(said).toContain(sentence);
});

test('a service whose setting or key is wrong ends well, so that nothing starts it again for ever', async () => {
  const unknown = formatApiKey((count) => new Uint8Array(count).fill(3));
  for (const wrong of [{ AGENTFLEET_URL: '' }, { AGENTFLEET_API_KEY: unknown }]) {
    const { code, said } = await refusal({ ...wrong, AGENTFLEET_SERVICE: '1' });
    expect(code).toBe(0);
    expect(said).toContain('does not start again by itself');
  }
});

test('a key that is unknown, or lacks the scope, ends it at the first registration', async () => {
  const unknown = formatApiKey((count) => new Uint8Array(count).fill(3));
  expect(await refusal({ AGENTFLEET_API_KEY: unknown })).toMatchObject({
    code: 2,
    said: expect.stringContaining('wrong, expired or revoked. Set AGENTFLEET_API_KEY'),
  });
  const body = { name: 'ci', scopes: ['runs:write'] };
  const { key } = (await (await fleet.request('POST', '/api-keys', body)).json()) as CreatedApiKey;
  expect(await refusal({ AGENTFLEET_API_KEY: key })).toMatchObject({
    code: 2,
    said: expect.stringContaining('lacks the scope runner'),
  });
});

test.runIf(!windows)('a claude older than the floor is refused, and how to update is said', async () => {
  const old = join(home, 'old-claude');
  await writeFile(old, '#!/bin/sh\necho "2.1.162 (Claude Code)"\n');
  await chmod(old, 0o755);
  const { code, said } = await refusal({ AGENTFLEET_CLAUDE_PATH: old });
  expect(code).toBe(2);
  expect(said).toContain('Claude Code 2.1.162 is older than 2.1.163. Run `claude update`');
});

test.runIf(!windows)(
  'a claude that becomes too old while the runner lives fails the run, with the reason',
  async () => {
    const wrapper = join(home, 'changing-claude');
    await writeFile(wrapper, `#!/bin/sh\nexec "${claude}" "$@"\n`);
    await chmod(wrapper, 0o755);
    await online({ AGENTFLEET_CLAUDE_PATH: wrapper });
    expect((await fleet.ended((await fleet.launch({})).id)).status).toBe('SUCCEEDED');
    await writeFile(wrapper, '#!/bin/sh\necho "1.0.0 (Claude Code)"\n');
    const run = await fleet.ended((await fleet.launch({})).id);
    expect(run).toMatchObject({ status: 'FAILED', failure: { code: 'agent_outdated' } });
    expect(run.failure?.message).toContain('claude update');
  },
);

test('its identity survives a restart and another name, and belongs to one process at a time', async () => {
  const first = await online();
  const second = await refusal({});
  expect(second.code).toBe(1);
  expect(second.said).toContain('set AGENTFLEET_RUNNER_DIR to another directory');
  await first.daemon.end('SIGKILL');
  const again = await online({ RUNNER_NAME: 'renamed' });
  expect(again.id).toBe(first.id);
  expect((await runners()).filter(({ id }) => id === first.id)).toMatchObject([{ name: 'renamed' }]);
});

test('two runners of one name are two runners: a pinned session runs on its own', async () => {
  const [one, other] = await Promise.all([
    online({ AGENTFLEET_RUNNER_DIR: join(home, 'one') }),
    online({ AGENTFLEET_RUNNER_DIR: join(home, 'other') }),
  ]);
  expect(one.id).not.toBe(other.id);
  const named = (await runners()).filter(({ name, state }) => name === 'home-desktop' && state === 'online');
  expect(named.map(({ id }) => id).sort()).toEqual([one.id, other.id].sort());
  for (const { id, daemon } of [one, other]) {
    const run = await fleet.launch({ runnerId: id });
    expect(await fleet.ended(run.id)).toMatchObject({ status: 'SUCCEEDED', runnerId: id });
    expect(daemon.said).toContain(`${run.id} SUCCEEDED`);
  }
});

test('a run that no runner’s directories cover says so, and the first runner that covers it takes it', async () => {
  await online();
  const elsewhere = join(home, 'elsewhere');
  await mkdir(elsewhere);
  const { id } = await fleet.launch({ cwd: elsewhere });
  const { queue } = await fleet.run(id);
  expect(queue).toMatchObject({ reason: 'directory_not_covered', eligibleRunners: 0 });
  expect(queue?.message).toContain(elsewhere);
  const taker = await online({ AGENTFLEET_RUNNER_DIR: join(home, 'taker'), ALLOWED_DIRS: elsewhere });
  expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED', runnerId: taker.id });
});

test('in mode bypassPermissions any command runs without a question', async () => {
  await online();
  const written = join(fleet.allowed, 'bypassed.txt');
  script = (request) =>
    modelMessages(request) === 0
      ? [toolUse('Bash', { command: `echo x > ${written}`, description: 'write' })]
      : [text('done')];
  const { id } = await fleet.launch({ permissionMode: 'bypassPermissions' });
  expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
  expect(existsSync(written)).toBe(true);
});

test('a mode that the runner’s user does not allow is refused, and runs elsewhere are not offered to it', async () => {
  const { id } = await online({
    AGENTFLEET_RUNNER_DIR: join(home, 'strict'),
    ALLOWED_PERMISSION_MODES: 'default,plan',
  });
  const run = await fleet.ended(
    (await fleet.launch({ runnerId: id, permissionMode: 'bypassPermissions' })).id,
  );
  expect(run).toMatchObject({ status: 'FAILED', failure: { code: 'permission_mode_not_allowed' } });
  await Promise.all((await runners()).filter((each) => each.id !== id).map(forget));
  const unpinned = await fleet.launch({ permissionMode: 'acceptEdits' });
  const { queue } = await fleet.run(unpinned.id);
  expect(queue).toMatchObject({ reason: 'directory_not_covered', eligibleRunners: 0 });
  expect(queue?.message).toContain('do not allow the mode acceptEdits');
  await fleet.request('POST', `/runs/${unpinned.id}/cancel`, {});
});

test.runIf(!windows)(
  'the first signal drains: what runs finishes, nothing new begins, then it goes',
  async () => {
    const { daemon, id } = await online();
    script = () => [delay(1_500), text('done')];
    const first = await fleet.launch({});
    await running(first.id);
    daemon.child.kill('SIGTERM');
    await until(async () => (await runners()).some((each) => each.id === id && each.state === 'draining'));
    const second = await fleet.launch({ runnerId: id, sharedCwd: true });
    expect(await daemon.ended()).toBe(0);
    expect((await fleet.run(first.id)).status).toBe('SUCCEEDED');
    const { status, queue } = await fleet.run(second.id);
    expect(status).toBe('QUEUED');
    expect(queue?.reason).toMatch(/runner_paused|runner_offline/);
    // It has said that it goes: nobody waits for its heartbeat to run out.
    await until(async () => (await runners()).some((each) => each.id === id && each.state === 'offline'));
    await fleet.request('POST', `/runs/${second.id}/cancel`, {});
  },
);

/** A session whose shell command listens to no polite signal; its file tells that it has begun, and its pid. */
async function aStubbornSession(runnerId: string): Promise<{ id: string; shell: number }> {
  const begun = join(fleet.allowed, `begun-${Math.random().toString(36).slice(2)}`);
  const command = `trap '' INT TERM HUP; echo $$ > ${begun}; sleep 600 & wait; sleep 600`;
  script = () => [toolUse('Bash', { command, description: 'wait' })];
  const { id } = await fleet.launch({ runnerId, permissionMode: 'bypassPermissions' });
  const pid = async () => Number(await readFile(begun, 'utf8').catch(() => ''));
  await until(async () => (await pid()) > 0);
  return { id, shell: await pid() };
}

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

test.runIf(!windows)('the second signal cancels what runs, and leaves no process', async () => {
  const { daemon, id: runnerId } = await online();
  const { id, shell } = await aStubbornSession(runnerId);
  daemon.child.kill('SIGINT');
  await until(() => daemon.said.includes('Draining: 1 running'));
  expect(daemon.hasEnded).toBe(false);
  await patiently(
    () => daemon.child.kill('SIGINT'),
    () => daemon.said.includes('Cancelling'),
  );
  expect(await daemon.ended()).toBe(0);
  expect((await fleet.run(id)).status).toBe('CANCELLED');
  expect(isGone(shell)).toBe(true);
});

test.runIf(!windows)('the third exits at once, and the next start ends truthfully what it left', async () => {
  const { daemon, id: runnerId } = await online();
  const { id, shell } = await aStubbornSession(runnerId);
  daemon.child.kill('SIGTERM');
  await until(() => daemon.said.includes('Draining'));
  await patiently(
    () => daemon.child.kill('SIGTERM'),
    () => daemon.said.includes('Cancelling'),
  );
  await patiently(
    () => daemon.child.kill('SIGTERM'),
    () => daemon.hasEnded,
  );
  expect(await daemon.ended()).toBe(130);
  await online();
  const run = await fleet.ended(id);
  expect(['FAILED', 'CANCELLED']).toContain(run.status);
  if (run.status === 'FAILED') expect(run.failure?.code).toBe('runner_lost');
  await until(() => isGone(shell));
});

/** Signals that come close together are one; so it is repeated until it shows. */
async function patiently(act: () => unknown, shows: () => boolean): Promise<void> {
  while (!shows()) {
    act();
    await new Promise((resolve) => setTimeout(resolve, 350));
  }
}

test('a key is shown by its beginning and end, with when it was last used, and never whole', async () => {
  await online();
  const { data } = await fleet.get<{ data: ApiKey[] }>('/api-keys');
  const own = data.find(({ name }) => name === 'first admin key');
  expect(fleet.key.startsWith(own?.prefix ?? '?')).toBe(true);
  expect(fleet.key.endsWith(own?.lastFour ?? '?')).toBe(true);
  expect(Date.now() - Date.parse(own?.lastUsedAt ?? '')).toBeLessThan(10 * 60_000);
  expect(JSON.stringify(data)).not.toContain(fleet.key);
  expect(daemons[0]?.said).not.toContain(fleet.key);
  expect(fleet.said).not.toContain(fleet.key);
});
