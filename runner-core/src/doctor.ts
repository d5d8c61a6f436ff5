import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { allows, type Me } from '@agentfleet/contract';
import type { Agent } from './agents/agent.js';
import type { Answer, ControlPlane, ControlPlaneError } from './control-plane/client.js';
import type { Settings } from './settings.js';

/** How far the clocks may be apart, ms: events show times of this machine. */
const clockToleranceMs = 60_000;

export interface Finding {
  ok: boolean;
  what: string;
  /** How to mend it; only when it is not ok. */
  mend?: string;
}

/** Checks everything a runner needs, in the order in which it needs it. Changes nothing. */
export async function* examine(
  settings: Settings,
  server: ControlPlane,
  agent: Agent,
  env: NodeJS.ProcessEnv,
): AsyncGenerator<Finding> {
  yield* examineServer(server);
  yield* examineMachine(settings.directories, agent, env);
}

/** The part of it that needs no server: Claude Code and the directories. */
export async function* examineMachine(
  directories: readonly string[],
  agent: Agent,
  env: NodeJS.ProcessEnv,
): AsyncGenerator<Finding> {
  yield* examineAgent(agent, env);
  for (const directory of directories) yield await examineDirectory(directory);
}

async function* examineServer(server: ControlPlane): AsyncGenerator<Finding> {
  let answer: Answer;
  try {
    answer = await server.send('GET', '/api/v1/me');
  } catch (error) {
    const what = (error as ControlPlaneError).message;
    yield { ok: false, what, mend: 'Check AGENTFLEET_URL, the network, and HTTPS_PROXY if you need one.' };
    return;
  }
  yield { ok: true, what: `The control API answers at ${server.url}` };
  if (answer.status !== 200) {
    const what =
      answer.status === 401 ? 'The key is wrong, expired or revoked' : `/api/v1/me answers ${answer.status}`;
    yield { ok: false, what, mend: 'Create a key under Settings → API Keys and set AGENTFLEET_API_KEY.' };
  } else {
    const me = JSON.parse(answer.text) as Me;
    if (allows(me.key.scopes, 'runner')) yield { ok: true, what: `The key belongs to ${me.org.name}` };
    else
      yield {
        ok: false,
        what: 'The key lacks the scope runner',
        mend: 'Create a key with the scope runner.',
      };
  }
  const apart = Date.now() - Date.parse(answer.headers.date ?? '');
  if (Number.isNaN(apart) || Math.abs(apart) <= clockToleranceMs)
    yield { ok: true, what: 'The clock is right' };
  else {
    const seconds = Math.round(Math.abs(apart) / 1_000);
    const what = `The clock is ${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} the server’s`;
    yield { ok: false, what, mend: 'Turn on automatic time (NTP) on this machine.' };
  }
}

async function* examineAgent(agent: Agent, env: NodeJS.ProcessEnv): AsyncGenerator<Finding> {
  const probe = await agent.probe();
  if (!probe.ok) {
    const mend =
      probe.failure.code === 'agent_outdated'
        ? 'Run claude update.'
        : 'Install Claude Code, or set AGENTFLEET_CLAUDE_PATH to its executable.';
    yield { ok: false, what: probe.failure.message, mend };
    return;
  }
  yield { ok: true, what: `Claude Code ${probe.version} at ${probe.path}` };
  if (await hasLogin(env)) yield { ok: true, what: 'Claude Code has a login' };
  else {
    const mend = 'Run claude once and log in, or set ANTHROPIC_API_KEY.';
    yield { ok: false, what: 'No login of Claude Code was found', mend };
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
  return access(join(directory, '.credentials.json')).then(
    () => true,
    () => false,
  );
}

async function examineDirectory(directory: string): Promise<Finding> {
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory()) {
    const mend = 'Create it, or correct ALLOWED_DIRS.';
    return { ok: false, what: `${directory} is not a directory`, mend };
  }
  const writable = await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );
  return writable
    ? { ok: true, what: `${directory} can be written` }
    : {
        ok: false,
        what: `${directory} cannot be written`,
        mend: 'Give this user the right, or run as its owner.',
      };
}
