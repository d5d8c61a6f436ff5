import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { clis } from './clis.js';
import { failure, hang, planUsage, text, toolUse } from './model-server.js';
import { aListener, allowed, realClaude, using } from './real-claude.js';

// Seconds; the year 2033, so that no limit has passed when the test runs.
const reset = 2_000_000_000;
const resetsAt = '2033-05-18T03:33:20.000Z';

describe.each(clis)('$name', ({ executable }) => {
  const at = realClaude(executable);
  const { claudeWith, aRequest } = at;
  const onPlan = { ANTHROPIC_API_KEY: undefined, CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-local' };

  /** Hooks of the project, each a line of shell. */
  async function hooks(commands: Record<string, string>) {
    const entries = Object.entries(commands).map(([event, command]) => [
      event,
      [{ hooks: [{ type: 'command', command }] }],
    ]);
    await mkdir(path.join(at.cwd, '.claude'), { recursive: true });
    const settings = JSON.stringify({ hooks: Object.fromEntries(entries) });
    await writeFile(path.join(at.cwd, '.claude', 'settings.json'), settings);
  }

  test('a plan that is used up fails the session with usage_limit, and says when it ends', async () => {
    const claude = await claudeWith(() => [planUsage('rejected', reset), failure(429, 'Too much')], onPlan);
    const listener = aListener();
    const outcome = await claude.start(aRequest(), listener).done;
    expect(outcome).toMatchObject({ status: 'FAILED', failure: { code: 'usage_limit', resetsAt } });
    expect(listener.lines()).toContainEqual(
      expect.stringMatching(/^system: five-hour limit reached, resets 2033-05-18 03:33 UTC/),
    );
    const limit = listener.events.find(({ data }) => data?.type === 'rate_limit_event');
    expect(limit?.data).toMatchObject({ rate_limit_info: { status: 'rejected', resetsAt: reset } });
    expect(listener.lines().some((line) => line.startsWith('assistant:'))).toBe(false);
  });

  test('with an API key a limit has no end that is known', async () => {
    const claude = await claudeWith(() => [planUsage('rejected', reset), failure(429, 'Too much')]);
    const outcome = await claude.start(aRequest(), aListener()).done;
    expect(outcome.failure).toMatchObject({ code: 'usage_limit', resetsAt: null });
  });

  test('a plan that is nearly used up is said, and fails nothing', async () => {
    const claude = await claudeWith(() => [planUsage('allowed_warning', reset), text('done')], onPlan);
    const listener = aListener();
    expect(await claude.start(aRequest(), listener).done).toMatchObject({ status: 'SUCCEEDED' });
    expect(listener.lines()).toContain(
      'system: 83 % of the five-hour limit is used, resets 2033-05-18 03:33 UTC',
    );
  });

  test('a session that is not there fails with session_not_found', async () => {
    const claude = await claudeWith(() => [text('done')]);
    const resumeSessionId = '01234567-89ab-4def-8123-456789abcdef';
    const outcome = await claude.start(aRequest({ resumeSessionId }), aListener()).done;
    expect(outcome).toMatchObject({ status: 'FAILED', failure: { code: 'session_not_found' } });
    expect(outcome.failure?.message).toBe(
      `No conversation found with session ID: ${resumeSessionId}. A fresh follow-up begins a new session with the same prompt.`,
    );
  });

  test.each([
    ['by its exit code', "echo 'no secrets' >&2; exit 2"],
    ['in JSON', `echo '{"decision":"block","reason":"no secrets"}'`],
    ['by ending the session', `echo '{"continue":false,"stopReason":"no secrets"}'`],
  ])('a prompt that a hook refuses %s fails the session with prompt_blocked', async (_how, command) => {
    await hooks({ UserPromptSubmit: command });
    const claude = await claudeWith(() => [text('done')]);
    const outcome = await claude.start(aRequest(), aListener()).done;
    expect(outcome).toMatchObject({
      status: 'FAILED',
      failure: { code: 'prompt_blocked', message: 'A hook refused the prompt: no secrets' },
    });
    expect(at.requests).toEqual([]);
  });

  test('a command that Claude Code does not offer here fails the session with unknown_command', async () => {
    const claude = await claudeWith(() => [text('done')]);
    const outcome = await claude.start(aRequest({ prompt: '/login now' }), aListener()).done;
    expect(outcome).toMatchObject({ status: 'FAILED', failure: { code: 'unknown_command' } });
  });

  test('a command that Claude Code knows by another name too is none that fails', async () => {
    const claude = await claudeWith(() => [text('done')]);
    const outcome = await claude.start(aRequest({ prompt: '/cost' }), aListener()).done;
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', failure: null });
  });

  test('hooks that fail are told with their exit code and what they complain of; those that have nothing to say are not', async () => {
    await hooks({
      PreToolUse: 'true',
      PostToolUse: "echo 'no eslint' >&2; exit 1",
      Stop: "echo 'formatted 3 files'",
    });
    const claude = await claudeWith(using([toolUse('Read', { file_path: path.join(at.cwd, 'a.txt') })]));
    await writeFile(path.join(at.cwd, 'a.txt'), 'x');
    const listener = aListener();
    await claude.start(aRequest(), listener).done;
    const said = listener.lines().filter((line) => line.includes('hook'));
    expect(said).toContain('system: hook PostToolUse:Read failed with exit code 1: no eslint');
    expect(said).toContain('system: hook Stop succeeded: formatted 3 files');
    expect(said.filter((line) => line.includes('PreToolUse') || line.includes('started'))).toEqual([]);
  });

  test('MCP servers that the session has to do without are told at its beginning', async () => {
    const servers = { mcpServers: { broken: { command: path.join(at.cwd, 'nowhere') } } };
    await writeFile(path.join(at.cwd, '.mcp.json'), JSON.stringify(servers));
    await mkdir(path.join(at.cwd, '.claude'), { recursive: true });
    const settings = JSON.stringify({ enableAllProjectMcpServers: true });
    await writeFile(path.join(at.cwd, '.claude', 'settings.local.json'), settings);
    const claude = await claudeWith(() => [text('done')]);
    const listener = aListener();
    await claude.start(aRequest(), listener).done;
    const told = listener.lines().slice(0, 2);
    expect(told[0]).toBe('system: session started');
    expect(told[1]).toMatch(/^system: MCP server broken failed to connect/);
    expect(listener.events[1]?.data).toMatchObject({ type: 'mcp_server', name: 'broken', status: 'failed' });
  });

  test('a command in the background that fails says so', async () => {
    const claude = await claudeWith(
      using([
        toolUse('Bash', {
          command: 'sh -c "exit 3"',
          description: 'Run the server',
          run_in_background: true,
        }),
      ]),
    );
    const listener = aListener(() => allowed);
    expect(await claude.start(aRequest(), listener).done).toMatchObject({ status: 'SUCCEEDED' });
    expect(listener.lines()).toContain('system: task started: Run the server');
    expect(listener.lines()).toContainEqual(expect.stringMatching(/^system: task failed: .*exit code 3/));
  });

  test('an interrupted session shows nobody the CLI’s notes to its makers', async () => {
    const claude = await claudeWith(() => [text('let me think'), hang()]);
    const listener = aListener();
    const session = claude.start(aRequest(), listener);
    await expect.poll(() => at.requests.length, { timeout: 30_000 }).toBe(1);
    await session.stop();
    const outcome = await session.done;
    expect(outcome).toMatchObject({ status: 'CANCELLED' });
    expect(listener.lines()).toContain('result: interrupted');
    expect(JSON.stringify([outcome, listener.events])).not.toContain('ede_diagnostic');
  });

  test('a plan that is shown is the plan that people approve, and Claude Code takes it', async () => {
    const plan = '# Add a route\n\n1. Write it';
    const claude = await claudeWith(using([toolUse('ExitPlanMode', { plan })]));
    const listener = aListener(() => allowed);
    const outcome = await claude.start(aRequest({ permissionMode: 'plan' }), listener).done;
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
    expect(listener.asked).toMatchObject([
      { tool: 'ExitPlanMode', message: 'ExitPlanMode Add a route', input: { plan } },
    ]);
    expect(JSON.stringify(at.requests.at(-1)?.messages)).toContain('User has approved your plan');
  });

  test('colours of a command’s output are in no line of the log', async () => {
    await writeFile(
      path.join(at.cwd, 'colours.sh'),
      "printf '\\033[31mred\\033[0m \\033]0;title\\007end\\n'",
    );
    await chmod(path.join(at.cwd, 'colours.sh'), 0o755);
    const claude = await claudeWith(
      using([toolUse('Bash', { command: './colours.sh', description: 'look' })]),
    );
    const listener = aListener(() => allowed);
    await claude.start(aRequest(), listener).done;
    expect(listener.lines()).toContain('tool_result: red end');
  });
});
