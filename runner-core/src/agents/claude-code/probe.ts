import { stat } from 'node:fs/promises';
import { type FailureCode, isOlder } from '@agentfleet/contract';
import { outputOf } from '../../processes/apart.js';
import type { AgentProbe, RefusedMode } from '../agent.js';
import { childEnvironment } from './environment.js';
import { type Executable, locate } from './locate.js';
import { failure } from './outcome.js';
import { refusedModes } from './refused-modes.js';

/** Older versions have known holes in path checks, symlinks, worktrees and repository settings. */
export const oldestVersion = '2.1.163';

/** ms; the executable is large, and its first start after an update is slow. */
const versionTimeout = 30_000;

/**
 * A probe that asks for the version and the modes once per file: as long as path, size and modification time stay, so does the
 * answer, so that a session does not pay for a second process. Only answers are kept, never failures to answer.
 */
export function createProbe(
  env: NodeJS.ProcessEnv,
  configured: string | undefined,
): () => Promise<AgentProbe> {
  let known: { key: string; version: string; refuses: readonly RefusedMode[] } | undefined;
  return async () => {
    const located = locate(env, configured);
    if (!located.ok) return failed('agent_not_found', located.message);
    const { path } = located.executable;
    try {
      const target = located.executable.args[0] ?? located.executable.file;
      const { mtimeMs, size } = await stat(target);
      const key = JSON.stringify([path, target, mtimeMs, size]);
      if (known?.key !== key) {
        const [output, refuses] = await Promise.all([
          askVersion(located.executable, env),
          refusedModes(located.executable, env),
        ]);
        const version = parseVersion(output);
        if (!version) {
          const said = output.slice(0, 200).trim();
          return failed(
            'agent_not_found',
            `“${path}” does not answer --version as Claude Code does: ${said}`,
            path,
          );
        }
        known = { key, version, refuses };
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return failed('agent_not_found', `“${path}” could not be asked for its version: ${reason}`, path);
    }
    const { version, refuses } = known;
    if (isOlder(version, oldestVersion)) {
      const message = `Claude Code ${version} is older than ${oldestVersion}. Run \`claude update\`, or install it again with \`npm install -g @anthropic-ai/claude-code\`.`;
      return failed('agent_outdated', message, path, version);
    }
    return { ok: true, path, version, refuses };
  };
}

/** Reads `2.1.197 (Claude Code)`; undefined for anything that is not Claude Code's answer. */
export function parseVersion(output: string): string | undefined {
  return /^\s*(\d+\.\d+\.\d+)\S*(?: \(Claude Code\))?\s*$/m.exec(output)?.[1];
}

function askVersion({ file, args }: Executable, env: NodeJS.ProcessEnv): Promise<string> {
  const options = { env: childEnvironment(env, 'probe'), timeout: versionTimeout };
  return outputOf(file, [...args, '--version'], options);
}

function failed(
  code: FailureCode,
  message: string,
  path: string | null = null,
  version: string | null = null,
): AgentProbe {
  return { ok: false, failure: failure(code, message), path, version };
}
