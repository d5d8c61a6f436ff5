import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../agents/agent.js';
import { childEnvironment, keptFromSessions } from '../agents/claude-code/environment.js';
import { createAllowlist } from '../allowlist/real-path-allowlist.js';
import { examineDirectory } from './examine-directory.js';
import { broken, brokenAs, type Finding, fine } from './finding.js';
import { examineGitBash } from './git-bash.js';

/** Of variables that are told at once. */
const mostNames = 10;

/** What needs no server: Claude Code and the directories. */
export async function* examineMachine(
  directories: readonly string[],
  agent: Agent,
  env: NodeJS.ProcessEnv,
): AsyncGenerator<Finding> {
  yield* examineAgent(agent, env);
  const allowlist = createAllowlist([...directories]);
  for (const directory of directories) yield await examineDirectory(allowlist, directory);
}

async function* examineAgent(agent: Agent, env: NodeJS.ProcessEnv): AsyncGenerator<Finding> {
  const probe = await agent.probe();
  if (!probe.ok) {
    yield brokenAs(
      probe.failure.message,
      'Install Claude Code, or set AGENTFLEET_CLAUDE_PATH to its executable.',
    );
    return;
  }
  yield fine(`Claude Code ${probe.version} at ${probe.path}`);
  // Nothing is broken: the other modes work.
  for (const { message } of probe.refuses) yield fine(message.replace(/\.$/, ''));
  if (process.platform === 'win32') yield examineGitBash(childEnvironment(env, 'doctor'), existsSync);
  yield (await hasLogin(env))
    ? fine('Claude Code has a login')
    : broken('No login of Claude Code was found', 'Run claude once and log in, or set ANTHROPIC_API_KEY.');
  const kept = keptFromSessions(env);
  if (kept.length > 0) {
    const more = kept.length > mostNames ? ` and ${kept.length - mostNames} more` : '';
    const names = kept.slice(0, mostNames).join(', ');
    yield fine(`Sessions do not see ${names}${more}: ALLOWED_ENV names what they may`);
  }
}

/** Whether credentials are where Claude Code looks for them; whether they are valid only a session can tell. */
async function hasLogin(env: NodeJS.ProcessEnv): Promise<boolean> {
  const variables = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'];
  const clouds = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX'];
  if ([...variables, ...clouds].some((name) => env[name])) return true;
  // macOS keeps them in the keychain, which must not be opened just to look.
  if (process.platform === 'darwin') return true;
  const directory = env.CLAUDE_CONFIG_DIR ?? join(env.HOME ?? homedir(), '.claude');
  return can(join(directory, '.credentials.json'), constants.R_OK);
}

function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
