import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval, Run, Runner } from '@agentfleet/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clis } from './clis.js';
import { Fleet } from './fleet.js';
import { killLocalRunner } from './local-runner.js';
import {
  hang,
  type ModelServer,
  modelMessages,
  modelServerEnvironment,
  type Script,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';
import { freePort, isAlive, Program, until } from './program.js';

// What a person on Windows does, with the real claude.exe: `.ci/lanes/windows` runs it under Wine. Elsewhere other specs have it.
describe.runIf(process.platform === 'win32').each(clis)('on Windows with $name', ({ executable }) => {
  let model: ModelServer;
  let fleet: Fleet;
  let script: Script;

  beforeAll(async () => {
    model = await startModelServer((request) => script(request));
    fleet = await Fleet.start(model, { executable, daemon: false });
    await fleet.startDaemon({ ALLOWED_DIRS: `"${fleet.allowed}"` });
  }, 600_000);
  afterAll(async () => {
    await fleet?.close();
    await model?.close();
  });
  beforeEach(() => {
    script = () => [text('done')];
  });

  test('doctor finds everything but Git Bash, and says what to do about that', async () => {
    const program = new Program('runner/agentfleet-runner.mjs', ['doctor'], fleet.allowed, {
      AGENTFLEET_URL: fleet.url,
      AGENTFLEET_API_KEY: fleet.key,
      ALLOWED_DIRS: `${fleet.allowed.toUpperCase()};${join(fleet.allowed, 'gone')}`,
      AGENTFLEET_CLAUDE_PATH: executable,
      CLAUDE_CODE_GIT_BASH_PATH: join(fleet.allowed, 'bash.exe'),
      AGENTFLEET_RUNNER_DIR: join(fleet.allowed, '.doctor'),
      ...modelServerEnvironment(model.url, fleet.allowed),
    });
    expect(await program.ended()).toBe(1);
    expect(program.said).toMatch(/ok +The control API answers/);
    expect(program.said).toMatch(/ok +Claude Code 2\./);
    expect(program.said).toMatch(/ok +Claude Code has a login/);
    expect(program.said).toMatch(/FAILED +CLAUDE_CODE_GIT_BASH_PATH names .*bash\.exe, which does not exist/);
    expect(program.said).toContain('https://git-scm.com/downloads/win');
    expect(program.said).toContain('can be read and written');
    expect(program.said).toMatch(/FAILED +.*gone does not exist/);
  });

  test('a directory is its own in every spelling, and what is beside it is not', async () => {
    const { allowed } = fleet;
    const spellings = [
      allowed,
      allowed.toUpperCase(),
      allowed.toLowerCase(),
      allowed.replaceAll('\\', '/'),
      `${allowed}\\`,
      `${allowed[0]?.toLowerCase()}${allowed.slice(1)}`,
    ];
    for (const cwd of spellings) {
      const { id } = await fleet.launch({ cwd });
      expect(await fleet.ended(id), cwd).toMatchObject({ status: 'SUCCEEDED', failure: null });
    }
    const [runner] = (await fleet.get<{ data: Runner[] }>('/runners')).data;
    for (const cwd of [`${allowed}-2`, `${allowed}\\..`, '\\\\?\\C:\\windows', '\\\\localhost\\c$']) {
      const answer = await fleet.request('POST', '/runs', { prompt: 'go', cwd, runnerId: runner?.id });
      if (answer.status !== 201) continue;
      const run = await fleet.ended(((await answer.json()) as Run).id);
      expect(run.failure?.code, cwd).toBe('directory_not_allowed');
    }
  });

  test('a tool waits for a person, is allowed, and the conversation goes on with a follow-up', async () => {
    const file = join(fleet.allowed, 'made.txt');
    script = (request) =>
      modelMessages(request) === 0
        ? [toolUse('Write', { file_path: file, content: 'made' })]
        : [text(`answer ${modelMessages(request)}`)];
    const { id } = await fleet.launch({ prompt: 'the word is heron', permissionMode: 'default' });
    const waiting = async () =>
      (await fleet.get<{ data: Approval[] }>(`/approvals?runId=${id}&state=waiting`)).data;
    await until(async () => (await waiting()).length > 0);
    expect(existsSync(file)).toBe(false);
    const [approval] = await waiting();
    const decided = await fleet.request('POST', `/approvals/${approval?.id}/decision`, { decision: 'allow' });
    expect(decided.status).toBe(200);
    const run = await fleet.ended(id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', failure: null });
    expect(readFileSync(file, 'utf8')).toBe('made');
    const next = await fleet.ended((await fleet.followUp(id, 'which word?')).id);
    expect(next).toMatchObject({ status: 'SUCCEEDED', agentSessionId: run.agentSessionId });
    expect(JSON.stringify(model.requests.at(-1)?.messages)).toContain('the word is heron');
  });

  test('a cancel ends the session and every process that it has started', async () => {
    const [started, server] = ['started', 'server.mjs'].map((name) => join(fleet.allowed, name)) as [
      string,
      string,
    ];
    // A server of Claude Code's own protocol for tools that never answers, with a child of its own.
    await writeFile(
      server,
      `import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
writeFileSync(${JSON.stringify(started)}, JSON.stringify([process.pid, child.pid]));
setInterval(() => {}, 1000);
`,
    );
    const mcpServers = { forever: { command: process.execPath, args: [server] } };
    await writeFile(join(fleet.home, '.claude.json'), JSON.stringify({ mcpServers }));
    script = () => [text('let me think'), hang()];
    const { id } = await fleet.launch({});
    await until(() => existsSync(started) && readFileSync(started, 'utf8') !== '');
    const pids = JSON.parse(readFileSync(started, 'utf8')) as number[];
    expect(pids.map(isAlive)).toEqual([true, true]);
    await until(async () => (await fleet.run(id)).status === 'RUNNING');
    expect((await fleet.request('POST', `/runs/${id}/cancel`, {})).status).toBe(200);
    expect(await fleet.ended(id)).toMatchObject({ status: 'CANCELLED' });
    await until(() => !pids.some(isAlive));
    await rm(join(fleet.home, '.claude.json'));
  });
});

describe.runIf(process.platform === 'win32')('npm start on Windows', () => {
  let home: string;
  let model: ModelServer;
  let server: Program | undefined;

  beforeAll(async () => {
    model = await startModelServer(() => [text('done')]);
    home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-start-')));
    await mkdir(join(home, 'code'));
  });
  afterEach(async () => {
    await server?.end('SIGKILL');
    await killLocalRunner(join(home, '.agentfleet', 'server', 'local-runner'));
  });
  afterAll(async () => {
    await model?.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  test('prints a key, with which a session runs in the directory that was allowed', async () => {
    const port = await freePort();
    server = new Program('server/dist/start.js', [], home, {
      PORT: String(port),
      ALLOWED_DIRS: join(home, 'code'),
      AGENTFLEET_CLAUDE_PATH: clis[0]?.executable,
      ...modelServerEnvironment(model.url, home),
    });
    await until(() => server?.said.includes('Online as') || server?.hasEnded === true);
    const key = /af_live_[0-9A-Za-z]{38}/.exec(server.said)?.[0] ?? `no key: ${server.said}`;
    const call = async (method: string, path: string, body?: object) => {
      const answer = await fetch(`http://localhost:${port}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      return (await answer.json()) as Run;
    };
    const { id } = await call('POST', '/runs', { prompt: 'go', cwd: join(home, 'code') });
    await until(async () => (await call('GET', `/runs/${id}`)).finishedAt !== null);
    expect(await call('GET', `/runs/${id}`)).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
  });
});
