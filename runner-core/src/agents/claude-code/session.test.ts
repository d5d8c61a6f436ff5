import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClaudeCode } from './claude-code.js';

// What the real CLI cannot be made to do on demand: a program that speaks as badly as a test wants.
describe.runIf(process.platform !== 'win32')('a session of a CLI that misbehaves', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'session-')));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs `body` as the CLI; `say` writes a line to stdout. */
  async function start(body: string) {
    const executable = path.join(folder, 'claude');
    const program = `const say = (line) => process.stdout.write((typeof line === 'string' ? line : JSON.stringify(line)) + '\\n');\n${body}`;
    await writeFile(executable, `#!${process.execPath}\n${program}\n`);
    await chmod(executable, 0o755);
    const lines: string[] = [];
    const request = {
      runId: `clr${path.basename(folder).toLowerCase()}`,
      prompt: 'hello',
      cwd: folder,
      permissionMode: 'default',
      model: null,
      resumeSessionId: null,
      maxTurns: null,
      maxBudgetUsd: null,
      permissionModes: ['default'],
    } as const;
    const session = createClaudeCode({ executable, env: { PATH: process.env.PATH } }).start(request, {
      event: ({ kind, message }) => void lines.push(`${kind}: ${message}`),
      sessionId: (id) => void lines.push(`id: ${id}`),
      permission: async () => ({ allow: false, reason: 'nobody is there' }),
    });
    return { session, lines };
  }

  const init = `say({ type: 'system', subtype: 'init', session_id: 's1' });`;
  const result = `say({ type: 'result', subtype: 'success', is_error: false, result: 'ok', session_id: 's1' });`;
  const untilStdinCloses = `process.stdin.resume();`;

  test('what a hook says before the session began comes after `session started`', async () => {
    const hook = `say({ type: 'system', subtype: 'hook_started', session_id: 's1' });`;
    const { session, lines } = await start(`${hook}${init}${result}${untilStdinCloses}`);
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', agentSessionId: 's1', result: 'ok' });
    expect(lines).toEqual(['id: s1', 'system: session started', 'system: hook started', 'result: done']);
  });

  test('lines that are no messages pass as events, and the session goes on', async () => {
    const { session, lines } = await start(`${init} say('npm warn: odd'); say('[1]'); say(''); ${result}`);
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED' });
    expect(lines.slice(2)).toEqual(['system: npm warn: odd', 'system: [1]', 'result: done']);
  });

  test('a crash is a failure with the end of stderr, told as an event too', async () => {
    const { session, lines } = await start(`${init} console.error('out of memory'); process.exitCode = 134;`);
    const message = 'Claude Code exited with code 134 without a result: out of memory';
    expect(await session.done).toMatchObject({
      status: 'FAILED',
      failure: { code: 'agent_crashed', message },
      agentSessionId: 's1',
    });
    expect(lines.at(-1)).toBe(`error: ${message}`);
  });

  test('one that never reads its stdin and ends at once is no exception', async () => {
    const { session } = await start('process.stdin.destroy(); process.exit(3);');
    expect((await session.done).failure?.code).toBe('agent_crashed');
  });

  test('a last line without a newline is read', async () => {
    const { session } = await start(
      `process.stdout.write(JSON.stringify({ type: 'result', subtype: 'success', result: 'ok' }));`,
    );
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', result: 'ok' });
  });

  test('one that ignores an interrupt and SIGINT is ended by force when the stop is hurried', async () => {
    const { session, lines } = await start(`process.on('SIGINT', () => {}); ${init} ${untilStdinCloses}`);
    await expect.poll(() => lines).toContain('system: session started');
    const stopped = session.stop();
    await Promise.all([stopped, session.stop()]);
    expect(await session.done).toMatchObject({ status: 'CANCELLED', failure: null, agentSessionId: 's1' });
  });
});
