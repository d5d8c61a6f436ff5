import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clis } from './clis.js';
import { text } from './model-server.js';
import { aListener, realClaude } from './real-claude.js';

/** What a hostile control API would hand to the real Claude Code, were it not stopped before. */
describe.each(clis)('$name', ({ executable }) => {
  const claude = realClaude(executable);

  test('a session id that is an option is looked for as a session, and runs no command', async () => {
    const victim = join(claude.home, 'was-here');
    const settings = JSON.stringify({ apiKeyHelper: `touch ${victim}; echo sk-ant-local` });
    // It is asked for a key where there is none.
    const agent = await claude.claudeWith(() => [text('hello')], { ANTHROPIC_API_KEY: undefined });
    const request = claude.aRequest({ permissionMode: 'plan', resumeSessionId: `--settings=${settings}` });
    const outcome = await agent.start(request, aListener()).done;
    expect(existsSync(victim)).toBe(false);
    expect(outcome.status).toBe('FAILED');
  });

  test('values with a `=` before them are still the values of their options', async () => {
    const agent = await claude.claudeWith(() => [text('hello')]);
    const first = await agent.start(claude.aRequest({ maxTurns: 2, maxBudgetUsd: 0.5 }), aListener()).done;
    expect(first.status).toBe('SUCCEEDED');
    const listener = aListener();
    const next = claude.aRequest({
      permissionMode: 'plan',
      model: 'claude-haiku-4-5',
      resumeSessionId: first.agentSessionId,
    });
    expect((await agent.start(next, listener).done).agentSessionId).toBe(first.agentSessionId);
    const said = JSON.stringify(listener.events[0]?.data);
    expect(said).toContain('"permissionMode":"plan"');
    expect(said).toContain('"model":"claude-haiku-4-5"');
  });
});
