import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { posix } from '../src/processes/posix.js';
import { clis } from './clis.js';
import { modelMessages, text, toolUse } from './model-server.js';
import { aListener, allowed, realClaude, using } from './real-claude.js';

const inBackground = (command: string) =>
  toolUse('Bash', { command, description: 'what goes on', run_in_background: true });

describe.each(clis)('what a session of $name runs in the background', ({ executable }) => {
  const at = realClaude(executable);
  const bypass = () => at.aRequest({ permissionMode: 'bypassPermissions' });
  const marked = (runId: string) => (process.platform === 'win32' ? [] : posix.listMarked(runId));

  test('a command goes on to its end, and its turn is part of the session', async () => {
    const claude = await at.claudeWith(
      using(
        [inBackground('while [ ! -e go ]; do :; done; echo built > out.txt')],
        [text('it is being built')],
        [text('it was built')],
      ),
      { IS_SANDBOX: '1' },
    );
    const listener = aListener();
    const session = claude.start(bypass(), listener);
    await expect
      .poll(listener.lines, { timeout: 30_000 })
      .toContain('system: waiting for what runs in the background: what goes on');
    expect(existsSync(path.join(at.cwd, 'out.txt'))).toBe(false);
    await writeFile(path.join(at.cwd, 'go'), '');
    const outcome = await session.done;
    expect(existsSync(path.join(at.cwd, 'out.txt'))).toBe(true);
    expect(outcome).toMatchObject({
      status: 'SUCCEEDED',
      result: 'it was built',
      usage: { inputTokens: 300 },
    });
    expect(listener.lines().filter((line) => line === 'result: done')).toHaveLength(2);
  });

  test('a subagent asks for its tools after the first answer too', async () => {
    const claude = await at.claudeWith((request) => {
      const said = JSON.stringify(request.messages);
      if (said.includes('do the work') && !said.includes('health check')) {
        return modelMessages(request) === 0
          ? [toolUse('Bash', { command: 'touch a.txt' })]
          : [text('worked')];
      }
      const work = { description: 'work', prompt: 'do the work', subagent_type: 'general-purpose' };
      return modelMessages(request) === 0
        ? [toolUse('Agent', { ...work, run_in_background: true })]
        : [text(`answer ${modelMessages(request)}`)];
    });
    let asked = 0;
    const listener = aListener(() => {
      asked += 1;
      return allowed;
    });
    const answered = () => listener.lines().includes('assistant: answer 1');
    const session = claude.start(at.aRequest({ permissionMode: 'default' }), {
      ...listener,
      permission: async (request) => {
        await expect.poll(answered, { timeout: 30_000 }).toBe(true);
        return listener.permission(request);
      },
    });
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', result: 'answer 2' });
    expect(asked).toBe(1);
    expect(existsSync(path.join(at.cwd, 'a.txt'))).toBe(true);
  });

  test('a command that never ends is ended by a limit, which takes nothing from the answer', async () => {
    const claude = await at.claudeWith(using([inBackground('tail -f /dev/null')], [text('it serves')]), {
      IS_SANDBOX: '1',
    });
    const [request, listener] = [bypass(), aListener()];
    const session = claude.start(request, listener);
    await expect.poll(listener.lines, { timeout: 30_000 }).toContain('result: done');
    await expect.poll(() => listener.lines().at(-1), { timeout: 30_000 }).toContain('what goes on');
    await session.stop({ code: 'timed_out', message: 'It took too long.' });
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', failure: null, result: 'it serves' });
    expect(await marked(request.runId)).toEqual([]);
  });

  test('a session that stops what it began waits for nothing', async () => {
    const claude = await at.claudeWith(
      (request) => {
        const id = /with ID: (\w+)/.exec(JSON.stringify(request.messages))?.[1];
        return (
          [[inBackground('tail -f /dev/null')], [toolUse('TaskStop', { task_id: id ?? '' })]][
            modelMessages(request)
          ] ?? [text('stopped')]
        );
      },
      { IS_SANDBOX: '1' },
    );
    const listener = aListener();
    expect(await claude.start(bypass(), listener).done).toMatchObject({
      status: 'SUCCEEDED',
      result: 'stopped',
    });
    expect(listener.lines().join()).not.toContain('waiting for what runs');
  });

  test('a cleared conversation is not the one that a follow-up resumes', async () => {
    const claude = await at.claudeWith((request) => [text(`answer ${modelMessages(request)}`)]);
    const first = await claude.start(at.aRequest({ prompt: 'remember the blue door' }), aListener()).done;
    const resumed = { resumeSessionId: first.agentSessionId ?? null };
    const cleared = await claude.start(at.aRequest({ prompt: '/clear', ...resumed }), aListener()).done;
    expect(cleared.agentSessionId).not.toBe(first.agentSessionId);
    const next = { prompt: 'which door?', resumeSessionId: cleared.agentSessionId ?? null };
    expect(await claude.start(at.aRequest(next), aListener()).done).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.stringify(at.requests.at(-1)?.messages)).not.toContain('blue door');
  });
});
