import type { AppSettings } from '@agentfleet/bridge';
import type { Settings } from '@agentfleet/runner-core';
import { runnerDirOf } from '../sign-in/own-key.js';

/** What a session may take at most where the request does not say less; as in the daemon. */
const maxTimeoutSec = 86_400;
const maxStallSec = 3_600;
const maxApprovalSec = 86_400;

/**
 * The settings of the runner, or undefined while something is missing. Its directory is the daemon's: on one machine
 * both are the same runner, and a session that one has begun is continued by the other.
 */
export function runnerSettings(
  settings: AppSettings,
  apiKey: string | undefined,
  env: NodeJS.ProcessEnv,
): Settings | undefined {
  const { server, directories, name, maxConcurrentRuns, permissionModes, approvals, claudePath } = settings;
  if (server === '' || apiKey === undefined || directories.length === 0) return undefined;
  return {
    url: server,
    apiKey,
    directories,
    name,
    maxConcurrentRuns,
    maxTimeoutSec,
    maxStallSec,
    maxApprovalSec: approvals ? maxApprovalSec : 0,
    permissionModes,
    claudePath: claudePath || env.AGENTFLEET_CLAUDE_PATH?.trim() || undefined,
    runnerDir: runnerDirOf(env),
  };
}
