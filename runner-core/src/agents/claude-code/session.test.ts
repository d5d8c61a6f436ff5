import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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
    const pulse: number[] = [];
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
      alive: () => void pulse.push(lines.length),
      sessionId: (id) => void lines.push(`id: ${id}`),
      permission: async () => ({ allow: false, reason: 'nobody is there' }),
    });
    return { session, lines, pulse };
  }

  const init = `say({ type: 'system', subtype: 'init', session_id: 's1' });`;
  const result = `say({ type: 'result', subtype: 'success', is_error: false, result: 'ok', session_id: 's1' });`;
  const untilStdinCloses = `process.stdin.resume();`;
  const onStdinEnd = (body: string) => `process.stdin.resume().on('end', () => { ${body} });`;

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

  test('stdin stays open until what runs in the background has ended and its turn is over', async () => {
    const task = `{ type: 'system', task_id: 't1', tool_use_id: 'u1', description: 'npm run build'`;
    const { session, lines } = await start(`
      ${init} say(${task}, subtype: 'task_started' }); ${result}
      setTimeout(() => {
        say(${task}, subtype: 'task_notification', status: 'completed' });
        ${init} say({ type: 'assistant', message: { content: [{ type: 'text', text: 'built' }] } });
        say({ type: 'result', subtype: 'success', is_error: false, result: 'built', num_turns: 1 });
      }, 300);
      ${onStdinEnd(`say('stdin closed')`)}`);
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', result: 'built' });
    expect(lines.filter((line) => !line.includes('task'))).toEqual([
      'id: s1',
      'system: session started',
      'result: done',
      'system: waiting for what runs in the background: npm run build',
      'assistant: built',
      'result: done',
      'system: stdin closed',
    ]);
  });

  test('an answered session that a limit ends for what it left running has succeeded', async () => {
    const { session, lines } = await start(`
      process.on('SIGINT', () => process.exit(1));
      ${init} say({ type: 'system', subtype: 'task_started', task_id: 't1', description: 'npm run dev' }); ${result}
      setInterval(() => {}, 1000);`);
    await expect.poll(() => lines).toContain('system: waiting for what runs in the background: npm run dev');
    void session.stop({ code: 'stalled', message: 'The session gave no output for 60 seconds.' });
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', failure: null, result: 'ok' });
  });

  test('a person who cancels what an answered session left running has cancelled it', async () => {
    const { session, lines } = await start(`
      process.on('SIGINT', () => process.exit(1));
      ${init} say({ type: 'system', subtype: 'task_started', task_id: 't1', description: 'npm run dev' }); ${result}
      setInterval(() => {}, 1000);`);
    await expect.poll(() => lines.at(-1)).toContain('npm run dev');
    void session.stop();
    expect(await session.done).toMatchObject({ status: 'CANCELLED', failure: null, result: 'ok' });
  });

  test.each([
    ['nothing', ''],
    ['something without a turn', `say({ type: 'assistant', message: { content: [] } });`],
    ['that it begins', init],
  ])(
    'one that says %s after its answer and does not exit is ended, and has succeeded',
    async (_what, more) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const { session, lines } = await start(
          `process.on('SIGTERM', () => {}); ${init} ${result} ${onStdinEnd(`${more} say('stays')`)} setInterval(() => {}, 1000);`,
        );
        while (!lines.includes('system: stays')) await delay(10);
        await vi.advanceTimersByTimeAsync(14_999);
        expect(lines.at(-1)).toBe('system: stays');
        await vi.advanceTimersByTimeAsync(1);
        expect(lines.at(-1)).toBe(
          'system: Claude Code did not exit within 15 seconds of its end. Ending it.',
        );
        vi.useRealTimers();
        expect(await session.done).toMatchObject({ status: 'SUCCEEDED', result: 'ok' });
      } finally {
        vi.useRealTimers();
      }
    },
  );

  test('a second result without a turn takes nothing from the first', async () => {
    const spurious = `say({ type: 'result', subtype: 'error_during_execution', is_error: true, total_cost_usd: 0, num_turns: 0 });`;
    const { session } = await start(`${init} ${result} ${spurious}`);
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', failure: null, result: 'ok' });
  });

  test('a turn that was announced and aborted at once takes nothing from the answer', async () => {
    const aborted = `say({ type: 'result', subtype: 'error_during_execution', is_error: true, total_cost_usd: 0, num_turns: 0, errors: ['[ede_diagnostic] x'] });`;
    const { session } = await start(`${init} ${result} ${init} ${aborted} ${onStdinEnd('')}`);
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', failure: null, result: 'ok' });
  });

  test('white space is nobody’s words', async () => {
    const said = (text: string, more = '') =>
      `say({ type: 'assistant', message: { content: [{ type: 'text', text: ${JSON.stringify(text)} }] ${more} } });`;
    const { session, lines } = await start(
      `${init} ${said(' \n ')} ${said('(no content)', `, model: '<synthetic>'`)} ${said('hello')} ${result} ${onStdinEnd('')}`,
    );
    await session.done;
    expect(lines.filter((line) => line.startsWith('assistant'))).toEqual(['assistant: hello']);
  });

  test('the newest id of the session is the one to resume', async () => {
    const cleared = (type: string) => `say({ ${type}, session_id: 's2' });`;
    const { session, lines } = await start(`
      say({ type: 'system', subtype: 'hook_started', session_id: 's0' });
      ${init} say({ type: 'system', subtype: 'hook_started', session_id: 's7' });
      ${cleared(`type: 'system', subtype: 'init'`)}
      ${cleared(`type: 'result', subtype: 'success', is_error: false, result: 'ok'`)}`);
    expect(await session.done).toMatchObject({ agentSessionId: 's2' });
    expect(lines.filter((line) => line.startsWith('id'))).toEqual(['id: s0', 'id: s1', 'id: s2']);
  });

  test('each message of a line is read, and what stands around them is kept', async () => {
    const both = `say('\\ufeffWarning: old ' + JSON.stringify({ type: 'system', subtype: 'init', session_id: 's1' }) + JSON.stringify({ type: 'result', subtype: 'success', result: 'ok' }));`;
    const { session, lines } = await start(both);
    expect(await session.done).toMatchObject({ status: 'SUCCEEDED', result: 'ok' });
    expect(lines).toEqual(['id: s1', 'system: session started', 'system: Warning: old', 'result: done']);
  });

  test('a line that is too long to read is told in the failure', async () => {
    const { session } = await start(`${init} process.stdout.write('x'.repeat(33 * 1024 * 1024) + '\\n');`);
    expect((await session.done).failure).toEqual({
      code: 'agent_crashed',
      message: `Claude Code exited with code 0 without a result: A line of ${33 * 1024 * 1024} bytes was too long to read.`,
    });
  });

  test('every byte of stdout is a sign of life, also one that is no event', async () => {
    const { session, lines, pulse } = await start(
      `process.stdout.write('{"type":'); setTimeout(() => { process.stdout.write('"stream_event"}\\n'); ${result} }, 200);`,
    );
    await session.done;
    expect(pulse.length).toBeGreaterThanOrEqual(2);
    expect(lines).toEqual(['id: s1', 'result: done']);
  });
});
