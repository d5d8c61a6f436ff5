import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { imageTypeOf } from '@agentfleet/contract';
import { describe, expect, test } from 'vitest';
import type { AgentPartial } from '../src/agents/agent.js';
import { createClaudeCode } from '../src/agents/claude-code/claude-code.js';
import { posix } from '../src/processes/posix.js';
import { clis, forRoot } from './clis.js';
import { hang, modelMessages, pieces, text, thinking, toolUse } from './model-server.js';
import { aListener, allowed, denied, realClaude, using } from './real-claude.js';

describe.each(clis)('$name', ({ executable }) => {
  const at = realClaude(executable);
  const { claudeWith, aRequest } = at;

  const marked = (runId: string) => (process.platform === 'win32' ? [] : posix.listMarked(runId));

  test('a picture that Claude reads is kept whole, once', async () => {
    const picture = path.join(import.meta.dirname, '../../docs/screenshots/threads-light.webp');
    const claude = await claudeWith(using([toolUse('Read', { file_path: picture })]));
    const listener = aListener(() => allowed);
    await claude.start(aRequest(), listener).done;
    const result = listener.events.find(({ kind }) => kind === 'tool_result');
    expect(result?.message).toMatch(/^\[image\/(?:png|jpeg|webp), \d+ KB\]$/);
    const [block] = (result?.data?.content ?? []) as { source: { data: string } }[];
    const base64 = block?.source.data ?? '';
    expect(base64.length).toBeGreaterThan(65_536);
    expect(imageTypeOf(base64)).toBeDefined();
    const read = JSON.stringify(at.requests.at(-1)?.messages);
    expect(read).toContain(base64);
    expect(JSON.stringify(result?.data).length).toBeLessThan(base64.length + 5_000);
  });

  test('a session writes a file and reports each step, its result, its cost and its tokens', async () => {
    const claude = await claudeWith((request) =>
      modelMessages(request) === 0
        ? [
            thinking('A route is needed.'),
            text('Adding the route…'),
            toolUse('Write', { file_path: path.join(at.cwd, 'src', 'app.ts'), content: 'up' }),
          ]
        : [text('The route is there.')],
    );
    const [request, listener] = [aRequest(), aListener()];
    const outcome = await claude.start(request, listener).done;
    expect(await readFile(path.join(at.cwd, 'src', 'app.ts'), 'utf8')).toBe('up');
    expect(listener.lines()[0]).toBe('system: session started');
    const tail = listener
      .lines()
      .filter((line) => !line.startsWith('system') && !line.startsWith('tool_result'));
    expect(tail).toEqual([
      'thinking: A route is needed.',
      'assistant: Adding the route…',
      `tool_use: Write ${path.join('src', 'app.ts')}`,
      'assistant: The route is there.',
      'result: done',
    ]);
    expect(outcome).toMatchObject({
      status: 'SUCCEEDED',
      failure: null,
      agentSessionId: listener.ids[0],
      result: 'The route is there.',
      usage: { inputTokens: 200, outputTokens: 20 },
    });
    expect(outcome.costUsd).toBeGreaterThan(0);
    expect(await marked(request.runId)).toEqual([]);
  });

  test('a follow-up resumes the session: the model is shown what was said before', async () => {
    const claude = await claudeWith((request) => [text(`answer ${modelMessages(request)}`)]);
    const first = await claude.start(aRequest({ prompt: 'remember the blue door' }), aListener()).done;
    expect(first.result).toBe('answer 0');
    const second = await claude.start(
      aRequest({ prompt: 'which door?', resumeSessionId: first.agentSessionId ?? null }),
      aListener(),
    ).done;
    expect(second).toMatchObject({ status: 'SUCCEEDED', result: 'answer 1' });
    expect(JSON.stringify(at.requests.at(-1)?.messages)).toContain('remember the blue door');
  });

  test('a stop ends a running shell command and leaves no process', async () => {
    const claude = await claudeWith(
      () => [toolUse('Bash', { command: 'echo begun > begun; sleep 600' })],
      forRoot,
    );
    const [request, listener] = [aRequest({ permissionMode: 'bypassPermissions' }), aListener()];
    const session = claude.start(request, listener);
    await expect
      .poll(() => readFile(path.join(at.cwd, 'begun'), 'utf8'), { timeout: 30_000 })
      .toBe('begun\n');
    expect((await marked(request.runId)).length).toBeGreaterThan(process.platform === 'win32' ? -1 : 1);
    await session.stop();
    expect(await session.done).toMatchObject({ status: 'CANCELLED', failure: null });
    expect(await marked(request.runId)).toEqual([]);
  });

  test('a hurried stop uses force and still leaves no process, and a given reason is the failure', async () => {
    const claude = await claudeWith(
      () => [toolUse('Bash', { command: "echo begun > begun; trap '' INT TERM; sleep 600" })],
      forRoot,
    );
    const [request, listener] = [aRequest({ permissionMode: 'bypassPermissions' }), aListener()];
    const session = claude.start(request, listener);
    await expect
      .poll(() => readFile(path.join(at.cwd, 'begun'), 'utf8'), { timeout: 30_000 })
      .toBe('begun\n');
    const timedOut = { code: 'timed_out', message: 'It took too long.' } as const;
    await Promise.all([session.stop(timedOut), session.stop()]);
    expect(await session.done).toMatchObject({ status: 'FAILED', failure: timedOut });
    expect(await marked(request.runId)).toEqual([]);
  });

  test('an interrupt ends a turn in which the model says nothing more', async () => {
    const claude = await claudeWith(() => [text('let me think'), hang()]);
    const session = claude.start(aRequest(), aListener());
    await expect.poll(() => at.requests.length, { timeout: 30_000 }).toBe(1);
    session.interrupt();
    expect(await session.done).toMatchObject({ status: 'CANCELLED', failure: null });
  });

  // Elsewhere nothing finds such a process: docs/security.md.
  describe.runIf(process.platform === 'linux')('what detaches and drops its environment', () => {
    const pidFile = () => path.join(at.cwd, 'pid');
    const leave = () => ({
      command: `env -i setsid sh -c 'echo $$ > "$0"; exec sleep 600' ${pidFile()} >/dev/null 2>&1 & until test -s ${pidFile()}; do read -t 0.1 <> <(:); done`,
      description: 'leave a process',
    });
    const isAlive = async () => {
      const pid = Number(await readFile(pidFile(), 'utf8'));
      return (await posix.listProcesses()).some((entry) => entry.pid === pid);
    };

    test('ends with the session', async () => {
      let lived = false;
      const claude = await claudeWith(async (request) => {
        if (modelMessages(request) === 0) return [toolUse('Bash', leave())];
        lived = await isAlive();
        return [text('done')];
      }, forRoot);
      const { done } = claude.start(aRequest({ permissionMode: 'bypassPermissions' }), aListener());
      expect((await done).status).toBe('SUCCEEDED');
      expect({ lived, lives: await isAlive() }).toEqual({ lived: true, lives: false });
    });

    test('ends with a stop', async () => {
      let begun: () => void = () => undefined;
      const left = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const claude = await claudeWith((request) => {
        if (modelMessages(request) === 0) return [toolUse('Bash', leave())];
        begun();
        return [hang()];
      }, forRoot);
      const session = claude.start(aRequest({ permissionMode: 'bypassPermissions' }), aListener());
      await left;
      expect(await isAlive()).toBe(true);
      await session.stop();
      expect(await isAlive()).toBe(false);
    });
  });

  test('a tool that needs a permission is denied with a reason, and the session goes on', async () => {
    const claude = await claudeWith(
      using([toolUse('Write', { file_path: path.join(at.cwd, 'a.txt'), content: 'x' })]),
    );
    const listener = aListener();
    const outcome = await claude.start(aRequest({ permissionMode: 'default' }), listener).done;
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
    const result = listener.events.find((event) => event.kind === 'tool_result');
    expect(result?.message).toContain('Write needs a permission');
    expect(existsSync(path.join(at.cwd, 'a.txt'))).toBe(false);
  });

  test('a tool that is allowed is carried out, and asks again the next time', async () => {
    const claude = await claudeWith(
      using([toolUse('Bash', { command: 'touch a.txt' })], [toolUse('Bash', { command: 'touch a.txt' })]),
    );
    const listener = aListener(() => allowed);
    const outcome = await claude.start(aRequest({ permissionMode: 'default' }), listener).done;
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(existsSync(path.join(at.cwd, 'a.txt'))).toBe(true);
    expect(
      listener.asked.map(({ tool, message, sessionGrant }) => ({ tool, message, sessionGrant })),
    ).toEqual(
      Array(2).fill({ tool: 'Bash', message: 'Bash touch a.txt', sessionGrant: 'Bash(touch a.txt)' }),
    );
    const use = listener.events.find((event) => event.kind === 'tool_use');
    expect(listener.asked[0]?.toolUseId).toBe(use?.data?.id);
  });

  test('accepting edits also accepts commands that make, move or delete files in the folder, and no others', async () => {
    const commands = ['mkdir made', 'touch made/a', 'mv made/a made/b', 'rm made/b', 'node -e 1'];
    const claude = await claudeWith(using(...commands.map((command) => [toolUse('Bash', { command })])));
    const listener = aListener();
    await claude.start(aRequest({ permissionMode: 'acceptEdits' }), listener).done;
    expect(listener.asked.map(({ message }) => message)).toEqual(['Bash node -e 1']);
    expect(existsSync(path.join(at.cwd, 'made'))).toBe(true);
    expect(existsSync(path.join(at.cwd, 'made/b'))).toBe(false);
  });

  test('what is allowed for the session asks no more, what is not still does, and no settings are written', async () => {
    const claude = await claudeWith(
      using(
        [toolUse('Bash', { command: 'touch a.txt' })],
        [toolUse('Bash', { command: 'touch a.txt' })],
        [toolUse('Bash', { command: 'touch b.txt' })],
      ),
    );
    const listener = aListener(() => ({ ...allowed, forSession: true }));
    await claude.start(aRequest({ permissionMode: 'default' }), listener).done;
    expect(listener.asked.map(({ message }) => message)).toEqual(['Bash touch a.txt', 'Bash touch b.txt']);
    expect(existsSync(path.join(at.cwd, '.claude'))).toBe(false);
  });

  test('a person answers the questions of the session', async () => {
    const questions = [
      {
        question: 'Which one?',
        header: 'Pick',
        options: [
          { label: 'A', description: 'the first' },
          { label: 'B', description: 'the second' },
        ],
        multiSelect: false,
      },
    ];
    const claude = await claudeWith(using([toolUse('AskUserQuestion', { questions })]));
    const listener = aListener(() => ({ ...allowed, answers: { 'Which one?': 'B' } }));
    await claude.start(aRequest({ permissionMode: 'default' }), listener).done;
    expect(listener.asked[0]?.input).toEqual({ questions });
    expect(listener.lines().find((line) => line.startsWith('tool_result'))).toContain('"Which one?"="B"');
  });

  test('a session that is stopped while it waits for a person ends, and says that it waits no more', async () => {
    const claude = await claudeWith(using([toolUse('Bash', { command: 'touch a.txt' })]));
    const withdrawn: boolean[] = [];
    let stop: () => void = () => undefined;
    const session = claude.start(aRequest({ permissionMode: 'default' }), {
      ...aListener(),
      permission: (_request, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            withdrawn.push(true);
            resolve(denied);
          });
          stop();
        }),
    });
    stop = () => void session.stop();
    expect(await session.done).toMatchObject({ status: 'CANCELLED' });
    expect(withdrawn).toEqual([true]);
    expect(existsSync(path.join(at.cwd, 'a.txt'))).toBe(false);
  });

  test('the limits of turns and cost end a session with their own failures', async () => {
    const claude = await claudeWith(() => [
      toolUse('Write', { file_path: path.join(at.cwd, 'a.txt'), content: 'x' }),
    ]);
    const turns = await claude.start(aRequest({ maxTurns: 1 }), aListener()).done;
    expect(turns.failure?.code).toBe('max_turns_reached');
    const budget = await claude.start(aRequest({ maxBudgetUsd: 0.0000001 }), aListener()).done;
    expect(budget.failure?.code).toBe('budget_exceeded');
  });

  test('a missing login is named, with the CLI’s own sentence', async () => {
    const claude = await claudeWith(() => [], { ANTHROPIC_API_KEY: undefined });
    const outcome = await claude.start(aRequest(), aListener()).done;
    expect(outcome).toMatchObject({ status: 'FAILED', failure: { code: 'agent_not_logged_in' } });
    expect(outcome.failure?.message).toMatch(/not logged in/i);
  });

  describe('bypassPermissions', () => {
    const isRoot = process.getuid?.() === 0;

    /** What the probe says of it, and whether a session in it comes to an end that is good. */
    async function tried(more: NodeJS.ProcessEnv = {}) {
      const claude = await claudeWith(() => [text('done')], more);
      const probe = await claude.probe();
      const request = aRequest({ permissionMode: 'bypassPermissions' });
      const { status, failure } = await claude.start(request, aListener()).done;
      return { probe, status, failure };
    }

    test.runIf(isRoot)(
      'is refused to root: the probe says so, and the session with the same words',
      async () => {
        const { probe, failure } = await tried();
        expect(failure?.code).toBe('permission_mode_not_allowed');
        expect(failure?.message).toContain('cannot be used with root');
        const message = expect.stringContaining(failure?.message ?? '');
        expect(probe).toMatchObject({ ok: true, refuses: [{ mode: 'bypassPermissions', message }] });
      },
    );

    test.runIf(isRoot).each([
      [{ IS_SANDBOX: '1' }, true],
      [{ CLAUDE_CODE_BUBBLEWRAP: '1' }, true],
      [{ IS_SANDBOX: 'yes' }, false],
      [{ CLAUDE_CODE_BUBBLEWRAP: '0' }, false],
    ])('of root with %j in the environment is taken: %s, and the probe knows it', async (more, isTaken) => {
      const { probe, status } = await tried(more);
      expect(status).toBe(isTaken ? 'SUCCEEDED' : 'FAILED');
      expect(probe).toMatchObject({ ok: true, refuses: isTaken ? [] : [{ mode: 'bypassPermissions' }] });
    });

    test.runIf(isRoot)(
      'of root whose settings tell of a sandbox is taken, and no hook hears of the question',
      async () => {
        await mkdir(path.join(at.home, '.claude'));
        const hooked = path.join(at.home, 'hooked');
        const hooks = { SessionStart: [{ hooks: [{ type: 'command', command: `echo x >> ${hooked}` }] }] };
        const settings = JSON.stringify({ env: { IS_SANDBOX: '1' }, hooks });
        await writeFile(path.join(at.home, '.claude', 'settings.json'), settings);
        const { probe, status } = await tried();
        expect({ probe, status }).toMatchObject({ probe: { ok: true, refuses: [] }, status: 'SUCCEEDED' });
        expect(await readFile(hooked, 'utf8')).toBe('x\n');
      },
    );

    test.skipIf(isRoot)('is refused to nobody else', async () => {
      expect(await tried()).toMatchObject({ probe: { ok: true, refuses: [] }, status: 'SUCCEEDED' });
    });
  });

  test('text arrives while it is produced where someone listens for it', async () => {
    const claude = await claudeWith(() => [thinking('Hm. '), pieces('text', 'piece ', 'by ', 'piece')]);
    const partials: AgentPartial[] = [];
    const listener = { ...aListener(), partial: (piece: AgentPartial) => void partials.push(piece) };
    await claude.start(aRequest(), listener).done;
    expect(partials.map(({ text }) => text).join('')).toBe('Hm. piece by piece');
    expect(partials.filter(({ begins }) => begins)).toHaveLength(2);
  });

  test('a directory or an executable that vanished is an outcome, not an exception', async () => {
    const claude = await claudeWith(() => []);
    const gone = await claude.start(aRequest({ cwd: path.join(at.cwd, 'gone') }), aListener()).done;
    expect(gone.failure?.code).toBe('directory_not_found');
    const nowhere = createClaudeCode({ executable: path.join(at.cwd, 'claude'), env: {} });
    expect((await nowhere.start(aRequest(), aListener()).done).failure?.code).toBe('agent_not_found');
    expect(await nowhere.probe()).toMatchObject({ ok: false, failure: { code: 'agent_not_found' } });
  });

  test('the probe finds the version of the real CLI', async () => {
    const claude = createClaudeCode({ executable, env: { HOME: at.home, PATH: process.env.PATH } });
    expect(await claude.probe()).toMatchObject({ ok: true, path: executable });
  });
});
