import type { Agent } from '../agent.js';
import { locate } from './locate.js';
import { failure } from './outcome.js';
import { createProbe } from './probe.js';
import { failedSession, startSession } from './session.js';
import { SessionFigures } from './session-figures.js';

export interface ClaudeCodeOptions {
  /** Path of the executable; without it AGENTFLEET_CLAUDE_PATH, then `claude` on PATH. */
  executable?: string;
  /** The runner's own environment; what a session sees of it is decided by `childEnvironment`. */
  env: NodeJS.ProcessEnv;
}

/** Claude Code as an agent: the user's own CLI, driven through its stream-json protocol. */
export function createClaudeCode({ executable, env }: ClaudeCodeOptions): Agent {
  const probe = createProbe(env, executable);
  let version: string | null = null;
  return {
    name: 'claude-code',
    async probe() {
      const found = await probe();
      version = found.version;
      return found;
    },
    start(request, listener) {
      const located = locate(env, executable);
      if (!located.ok) return failedSession(failure('agent_not_found', located.message), listener);
      const figures = new SessionFigures(request.resumeSessionId, version);
      return startSession(located.executable, env, request, listener, figures);
    },
  };
}
