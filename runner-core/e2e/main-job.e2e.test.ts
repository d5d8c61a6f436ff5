import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clis, pinned } from './clis.js';
import { Fleet, until } from './fleet.js';
import {
  delay,
  hang,
  type ModelServer,
  modelMessages,
  type Script,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';

// The built server, the built daemon and the real Claude Code CLI, each a process of its own. Only the model is ours.
describe.each(clis)('$name', ({ executable, version }) => {
  // What no other Claude Code would do otherwise is seen on one.
  const aboutTheFleet = test.runIf(version === pinned.version);
  let model: ModelServer;
  let fleet: Fleet;
  let script: Script;

  beforeAll(async () => {
    model = await startModelServer((request) => script(request));
    fleet = await Fleet.start(model, { executable });
  }, 60_000);
  afterAll(async () => {
    await fleet?.close();
    await model?.close();
  });
  beforeEach(() => {
    script = () => [text('done')];
  });

  /** Command lines of every process on this machine. */
  function commandLines(): string[] {
    if (process.platform === 'win32') return [];
    return execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n');
  }

  /** Environments of the processes below another one; only Linux shows them. */
  function environmentsBelow(parent: number): string[] {
    if (process.platform !== 'linux') return [];
    const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
    const children = pairs.filter(([, ppid]) => ppid === parent).map(([pid]) => pid);
    return children.flatMap((pid) => [
      readFileSync(`/proc/${pid}/environ`, 'utf8'),
      ...environmentsBelow(pid),
    ]);
  }

  /** The first message uses a tool, every later one says `done`. */
  const usesFirst = (name: string, input: Record<string, unknown>): Script => {
    return (request) => (modelMessages(request) === 0 ? [toolUse(name, input)] : [text('done')]);
  };

  test('a session is launched over REST, writes a file, and its log reads as the documentation shows it', async () => {
    const cwd = join(fleet.allowed, 'documented');
    await mkdir(cwd);
    const file = join(cwd, 'app.ts');
    script = usesFirst('Write', { file_path: file, content: 'health' });
    const launched = await fleet.launch({
      prompt: 'add a health check route',
      cwd,
      permissionMode: 'acceptEdits',
    });
    expect(launched).toMatchObject({ status: 'QUEUED', input: 'add a health check route', cwd });
    const run = await fleet.ended(launched.id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', failure: null, result: 'done' });
    expect(run.costUsd).toBeGreaterThan(0);
    expect(run.usage?.outputTokens).toBeGreaterThan(0);
    expect(readFileSync(file, 'utf8')).toBe('health');
    const { data } = await fleet.get<{ data: { seq: number; kind: string; message: string }[] }>(
      `/runs/${run.id}/events?after=0`,
    );
    expect(data.map((event) => event.seq)).toEqual(data.map((_event, index) => index + 1));
    expect(data[0]).toMatchObject({ kind: 'system', message: 'session started' });
    expect(data.find((event) => event.kind === 'tool_use')?.message).toBe('Write app.ts');
    expect(data.at(-1)?.kind).toBe('result');
  });

  test.each([
    ['default', false],
    ['plan', false],
    ['acceptEdits', true],
  ] as const)('in mode %s a write is done where nobody may be asked: %s', async (permissionMode, written) => {
    const file = join(fleet.allowed, `${permissionMode}.txt`);
    script = usesFirst('Write', { file_path: file, content: 'x' });
    const { id } = await fleet.launch({ permissionMode, approvalSec: 0 });
    expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
    expect(existsSync(file)).toBe(written);
  });

  test('bypassPermissions runs any command; a runner of root does not offer it, and says why', async () => {
    const file = join(fleet.allowed, 'bypassed.txt');
    script = usesFirst('Bash', { command: `echo x > ${file}`, description: 'write' });
    const { id } = await fleet.launch({ permissionMode: 'bypassPermissions' });
    if (process.getuid?.() !== 0) {
      expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
      expect(existsSync(file)).toBe(true);
      return;
    }
    const { queue } = await fleet.run(id);
    expect(queue).toMatchObject({ reason: 'directory_not_covered', eligibleRunners: 0 });
    expect(queue?.message).toContain('do not allow the mode bypassPermissions');
    await fleet.request('POST', `/runs/${id}/cancel`, {});
    // Whoever asks just this runner hears it in Claude Code's own words.
    const { data } = await fleet.get<{ data: { id: string; permissionModes: string[] }[] }>('/runners');
    expect(data[0]?.permissionModes).toEqual(['default', 'acceptEdits', 'plan']);
    const pinned = await fleet.launch({ permissionMode: 'bypassPermissions', runnerId: data[0]?.id });
    const { failure } = await fleet.ended(pinned.id);
    expect(failure).toMatchObject({ code: 'permission_mode_not_allowed' });
    expect(failure?.message).toContain('cannot be used with root');
    expect(fleet.said).toContain('cannot be used with root');
  });

  test('a follow-up resumes: the model is given what was said before', async () => {
    script = () => [text('the word is heron')];
    const first = await fleet.launch({ prompt: 'remember a word' });
    const child = await fleet.followUp(first.id, 'which word?');
    expect(child).toMatchObject({ status: 'QUEUED', parentRunId: first.id });
    const parent = await fleet.ended(first.id);
    const run = await fleet.ended(child.id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', cwd: parent.cwd, runnerId: parent.runnerId });
    expect(run.agentSessionId).toBe(parent.agentSessionId);
    const asked = JSON.stringify(model.requests.at(-1)?.messages);
    expect(asked).toContain('remember a word');
    expect(asked).toContain('the word is heron');
  });

  test('where the conversation is gone, a fresh follow-up says the same prompt again, and is what is resumed then', async () => {
    script = (request) => [text(`I have seen ${modelMessages(request)} answers.`)];
    const first = await fleet.ended((await fleet.launch({ prompt: 'my favourite colour is blue' })).id);
    await rm(join(fleet.allowed, '../.claude/projects'), { recursive: true });
    const lost = await fleet.ended((await fleet.followUp(first.id, 'which colour?')).id);
    expect(lost).toMatchObject({ status: 'FAILED', failure: { code: 'session_not_found' } });
    const answer = await fleet.request('POST', `/runs/${lost.id}/followup`, { fresh: true });
    expect(answer.status).toBe(201);
    const fresh = await fleet.ended(((await answer.json()) as Run).id);
    expect(fresh).toMatchObject({
      status: 'SUCCEEDED',
      input: 'which colour?',
      result: 'I have seen 0 answers.',
    });
    const last = await fleet.ended((await fleet.followUp(fresh.id, 'and now?')).id);
    expect(last).toMatchObject({ status: 'SUCCEEDED', result: 'I have seen 1 answers.' });
    expect(last.agentSessionId).toBe(fresh.agentSessionId);
    expect(last.threadId).toBe(first.threadId);
  });

  test('cancelling leaves no process behind, also none of a shell command that the session had started', async () => {
    const watched = join(fleet.allowed, 'watched');
    await writeFile(watched, '');
    script = usesFirst('Bash', { command: `tail -f ${watched}`, description: 'wait' });
    const { id } = await fleet.launch({
      permissionMode: process.getuid?.() === 0 ? 'acceptEdits' : 'bypassPermissions',
    });
    await fleet.logged(id, (event) => event.kind === 'tool_use');
    const watching = () => commandLines().filter((line) => line.startsWith(`tail -f ${watched}`));
    if (process.platform !== 'win32') await until(() => watching().length > 0);
    expect((await fleet.request('POST', `/runs/${id}/cancel`, {})).status).toBe(200);
    expect((await fleet.ended(id)).status).toBe('CANCELLED');
    expect(watching()).toEqual([]);
  });

  test('the session’s processes never see the API key', async () => {
    script = () => [delay(1_500), text('done')];
    const asked = model.requests.length;
    const { id } = await fleet.launch({});
    await until(() => model.requests.length > asked);
    const environments = environmentsBelow(fleet.daemon?.pid ?? 0);
    if (process.platform === 'linux') expect(environments.length).toBeGreaterThan(0);
    for (const environment of environments) {
      expect(environment).not.toContain(fleet.key);
      expect(environment).not.toMatch(/AGENTFLEET_/);
    }
    await fleet.ended(id);
  });

  aboutTheFleet(
    'a directory outside the allowlist, also behind a symlink, ends the run with a sentence',
    async () => {
      const link = join(fleet.allowed, 'out');
      symlinkSync('/', link);
      const runners = await fleet.get<{ data: { id: string }[] }>('/runners');
      for (const cwd of ['/', link, 'C:\\Users\\you\\code']) {
        const { id } = await fleet.launch({ cwd, runnerId: runners.data[0]?.id });
        const { status, failure } = await fleet.ended(id);
        expect({ status, code: failure?.code }).toEqual({ status: 'FAILED', code: 'directory_not_allowed' });
        expect(failure?.message).toContain(fleet.allowed);
      }
    },
  );

  test('a prompt that begins with a dash is a prompt, not an option', async () => {
    const { id } = await fleet.launch({ prompt: '--version' });
    expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
  });

  aboutTheFleet('a daemon killed in the middle of a session ends it truthfully when it is back', async () => {
    script = (request) =>
      modelMessages(request) === 0 ? [toolUse('Bash', { command: 'ls', description: 'look' })] : [hang()];
    const { id } = await fleet.launch({});
    await fleet.logged(id, (event) => event.kind === 'tool_result');
    await fleet.killDaemon();
    await fleet.startDaemon();
    const run = await fleet.ended(id);
    expect(run).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
    expect(run.logs.map((event) => event.seq)).toEqual(run.logs.map((_event, at) => at + 1));
  });
});
