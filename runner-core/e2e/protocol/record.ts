import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { modelServerEnvironment, startModelServer } from '../model-server.js';
import { Conversation, type Recording } from './conversation.js';
import { type Scenario, scenarios } from './scenarios.js';

/** Everything that one Claude Code said: its processes by scenario, and its help. */
export interface Recorded {
  help: string;
  scenarios: Map<string, Recording[]>;
}

/** How the adapter starts it, as far as no setting of a run is in it. */
const always =
  '-p --input-format stream-json --output-format stream-json --verbose --permission-prompt-tool stdio';

/** Plays every scenario, or those that are named. Nothing leaves this machine. */
export async function record(executable: string, only?: string[]): Promise<Recorded> {
  const recorded: Recorded = { help: await helpOf(executable), scenarios: new Map() };
  for (const scenario of scenarios()) {
    if (only && !only.includes(scenario.name)) continue;
    recorded.scenarios.set(scenario.name, await play(executable, scenario));
  }
  return recorded;
}

async function play(executable: string, scenario: Scenario): Promise<Recording[]> {
  const model = await startModelServer(scenario.script);
  const home = await realpath(await mkdtemp(join(tmpdir(), 'protocol-home-')));
  const cwd = await realpath(await mkdtemp(join(tmpdir(), 'protocol-cwd-')));
  const { PATH, SystemRoot, TEMP, TMP } = process.env;
  const env = { PATH, SystemRoot, TEMP, TMP, ...modelServerEnvironment(model.url, home), ...scenario.env };
  const conversations: Conversation[] = [];
  const open = async ({ args = [], hello = {} }: { args?: string[]; hello?: object } = {}) => {
    const answer = (request: Record<string, unknown>) => answerTo(request, scenario);
    const claude = new Conversation(executable, [...always.split(' '), ...args], { cwd, env, answer });
    conversations.push(claude);
    await claude.request('initialize', hello);
    return claude;
  };
  try {
    await scenario.play({ cwd, open });
    return conversations.map(({ recording }) => recording);
  } finally {
    await Promise.all(conversations.map((claude) => claude.close()));
    await model.close();
    for (const folder of [home, cwd]) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function answerTo(
  request: Record<string, unknown>,
  { permit }: Scenario,
): Record<string, unknown> | undefined {
  switch (request.subtype) {
    case 'can_use_tool':
      return permit?.(request) ?? { behavior: 'allow', updatedInput: request.input };
    case 'hook_callback':
      return {
        hookSpecificOutput: {
          hookEventName: 'PreToolUse',
          permissionDecision: 'deny',
          permissionDecisionReason: 'The guard says no.',
        },
      };
    default:
      return undefined;
  }
}

async function helpOf(executable: string): Promise<string> {
  const { stdout } = await promisify(execFile)(executable, ['--help'], { encoding: 'utf8' });
  return stdout;
}
