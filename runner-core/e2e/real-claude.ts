import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { AgentEvent, AgentRequest, PermissionAnswer, PermissionRequest } from '../src/agents/agent.js';
import { createClaudeCode } from '../src/agents/claude-code/claude-code.js';
import {
  type ModelServer,
  modelMessages,
  modelServerEnvironment,
  type Reply,
  type Script,
  startModelServer,
  text,
} from './model-server.js';

export const denied: PermissionAnswer = {
  allow: false,
  reason: 'Write needs a permission, and nobody is here.',
};
export const allowed: PermissionAnswer = { allow: true, forSession: false, answers: null };

/** A session whose model uses the tools one after the other, then says `done`. */
export const using =
  (...uses: Reply[][]): Script =>
  (request) =>
    uses[modelMessages(request)] ?? [text('done')];

/** Keeps what a session says, and answers what it asks. */
export function aListener(permit: (request: PermissionRequest) => PermissionAnswer = () => denied) {
  const events: AgentEvent[] = [];
  const ids: string[] = [];
  const asked: PermissionRequest[] = [];
  return {
    events,
    ids,
    lines: () => events.map(({ kind, message }) => `${kind}: ${message}`),
    event: (event: AgentEvent) => void events.push(event),
    sessionId: (id: string) => void ids.push(id),
    asked,
    permission: async (request: PermissionRequest) => {
      asked.push(request);
      return permit(request);
    },
  };
}

/** Real Claude Code for the tests of a `describe`, each with a home, a directory and a model server of its own. */
export function realClaude(executable: string) {
  let home = '';
  let cwd = '';
  let server: ModelServer | undefined;

  beforeEach(async () => {
    home = await realpath(await mkdtemp(path.join(tmpdir(), 'claude-home-')));
    cwd = await realpath(await mkdtemp(path.join(tmpdir(), 'claude-cwd-')));
  });
  afterEach(async () => {
    await server?.close();
    await Promise.all([home, cwd].map((directory) => rm(directory, { recursive: true, force: true })));
  });

  return {
    get home() {
      return home;
    },
    get cwd() {
      return cwd;
    },
    /** What the sessions have asked the model. */
    get requests() {
      return server?.requests ?? [];
    },
    /** An agent whose model follows the script. */
    async claudeWith(script: Script, more: NodeJS.ProcessEnv = {}) {
      server = await startModelServer(script);
      const env = { PATH: process.env.PATH, ...modelServerEnvironment(server.url, home), ...more };
      return createClaudeCode({ executable, env });
    },
    aRequest(more: Partial<AgentRequest> = {}): AgentRequest {
      return {
        runId: `clr${Math.random().toString(36).slice(2)}`,
        prompt: 'add a health check route',
        cwd,
        permissionMode: 'acceptEdits',
        model: null,
        resumeSessionId: null,
        maxTurns: null,
        maxBudgetUsd: null,
        permissionModes: ['default', 'acceptEdits', 'bypassPermissions', 'plan'],
        ...more,
      };
    },
  };
}
