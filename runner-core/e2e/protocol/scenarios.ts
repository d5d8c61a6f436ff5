import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  failure,
  gate,
  hang,
  modelMessages,
  planUsage,
  type Reply,
  type Script,
  text,
  thinking,
  toolUse,
} from '../model-server.js';
import type { Conversation } from './conversation.js';

/** Where a scenario plays, and how it starts Claude Code there. */
export interface Stage {
  cwd: string;
  /** Starts it and says hello. Further arguments come after those of the adapter. */
  open(more?: { args?: string[]; hello?: object }): Promise<Conversation>;
}

/** One thing that happens in the life of a session. */
export interface Scenario {
  name: string;
  script: Script;
  /** Of the process, beside those that lead to the scripted model. */
  env?: NodeJS.ProcessEnv;
  /** What is said to a permission that is asked for; the tool may run where this is absent. */
  permit?: (request: Record<string, unknown>) => Record<string, unknown>;
  play(stage: Stage): Promise<void>;
}

/** A model that does the one after the other, then says `done`. */
const does =
  (...steps: Reply[][]): Script =>
  (request) =>
    steps[modelMessages(request)] ?? [text('done')];

/** One prompt, as many results as it has, the end. */
const oneTurn =
  (prompt: string, ...args: string[]) =>
  async ({ open }: Stage) => {
    const claude = await open({ args });
    claude.prompt(prompt);
    await claude.result();
    await claude.close();
  };

const anyMode = ['--permission-mode', 'bypassPermissions'];
/** Root may skip permissions only where it is told that it is in a sandbox. */
const sandbox = { IS_SANDBOX: '1' };
const soon = Math.floor(Date.now() / 1_000) + 3_600;
const plan = { ANTHROPIC_API_KEY: undefined, CLAUDE_CODE_OAUTH_TOKEN: 'local' };

function settings(cwd: string, hooks: object): void {
  mkdirSync(join(cwd, '.claude'));
  writeFileSync(join(cwd, '.claude', 'settings.json'), JSON.stringify({ hooks }));
}
const hook = (command: string) => [{ hooks: [{ type: 'command', command }] }];

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** What is asked of a session in flight, and one thing that no version knows. */
const controlRequests: [string, object?][] = [
  ['set_permission_mode', { mode: 'plan' }],
  ['set_permission_mode', { mode: 'default' }],
  ['set_model', { model: 'sonnet' }],
  ['set_max_thinking_tokens', { max_thinking_tokens: 1_024 }],
  ['rename_session', { title: 'A title' }],
  ['get_context_usage', { detail: 'summary' }],
  ['get_settings'],
  ['mcp_status'],
  ['list_models'],
  ['list_permission_rules'],
  ['set_has_subscribers', { has_subscribers: true }],
  ['cancel_async_message', { message_uuid: '00000000-0000-4000-8000-000000000001' }],
  ['rewind_files', { user_message_id: '00000000-0000-4000-8000-000000000001', dry_run: true }],
  ['interrupt'],
  ['no_such_request'],
];

/** Each list is for one recording: its scripts hold what is open in them. */
export const scenarios = (): Scenario[] => [
  {
    name: 'a turn',
    script: () => [thinking('Hm.'), text('Hello.')],
    play: oneTurn('hello', '--include-partial-messages'),
  },
  {
    name: 'tools',
    env: sandbox,
    script: does(
      [text('writing'), toolUse('Write', { file_path: 'a.txt', content: 'a' })],
      [toolUse('Bash', { command: 'echo out; echo err >&2; exit 3', description: 'fail' })],
      [toolUse('Read', { file_path: 'pixel.png' })],
      [toolUse('NoSuchTool', {})],
    ),
    play: async (stage) => {
      writeFileSync(join(stage.cwd, 'pixel.png'), Buffer.from(pixel, 'base64'));
      await oneTurn('use them', ...anyMode)(stage);
    },
  },
  {
    name: 'a list of tasks',
    // Whichever of the two it has; a wrong one is an answer too.
    script: (request) => {
      const has = (name: string) => request.tools.some((tool) => tool.name === name);
      if (modelMessages(request) > 0) return [text('done')];
      return has('TodoWrite')
        ? [toolUse('TodoWrite', { todos: [{ content: 'one', status: 'pending', activeForm: 'Doing one' }] })]
        : [toolUse('TaskCreate', { subject: 'one', description: 'the first', activeForm: 'Doing one' })];
    },
    play: oneTurn('plan it'),
  },
  {
    name: 'permissions',
    script: does(
      [toolUse('Bash', { command: 'touch a.txt', description: 'first' })],
      [toolUse('Bash', { command: 'touch b.txt', description: 'second' })],
    ),
    permit: ({ input }) =>
      JSON.stringify(input).includes('a.txt')
        ? { behavior: 'allow', updatedInput: input }
        : { behavior: 'deny', message: 'not that one' },
    play: oneTurn('touch them'),
  },
  {
    name: 'a question',
    script: does([
      toolUse('AskUserQuestion', {
        questions: [
          {
            question: 'Which one?',
            header: 'Pick',
            multiSelect: false,
            options: [
              { label: 'A', description: 'the first' },
              { label: 'B', description: 'the second' },
            ],
          },
        ],
      }),
    ]),
    permit: ({ input }) => ({
      behavior: 'allow',
      updatedInput: { ...(input as object), answers: { 'Which one?': 'B' } },
    }),
    play: oneTurn('ask me'),
  },
  {
    name: 'a plan',
    script: does([toolUse('ExitPlanMode', { plan: '# Plan\n\nDo it.' })]),
    play: oneTurn('plan it', '--permission-mode', 'plan'),
  },
  {
    name: 'a background command',
    env: sandbox,
    script: does([
      toolUse('Bash', {
        command: 'for i in 1 2 3; do echo $i; sleep 0.4; done',
        description: 'count',
        run_in_background: true,
      }),
    ]),
    play: async ({ open }) => {
      const claude = await open({ args: anyMode });
      claude.prompt('count');
      await claude.result();
      await claude.heard('the end of the command', ({ subtype }) => subtype === 'task_notification');
      await claude.result();
      await claude.close();
    },
  },
  {
    name: 'a sub-agent',
    script: (request) => {
      const own = JSON.stringify(request.messages).includes('look around for me');
      const agent = request.tools.find(({ name }) => name === 'Agent' || name === 'Task')?.name;
      if (!own) return [text('I looked.')];
      if (modelMessages(request) > 0) return [text('done')];
      const input = { description: 'look', prompt: 'look', subagent_type: 'general-purpose' };
      return [agent ? toolUse(agent, input) : text('there are no agents')];
    },
    play: oneTurn('look around for me'),
  },
  {
    name: 'an interrupt',
    env: sandbox,
    script: does([toolUse('Bash', { command: 'tail -f /dev/null', description: 'wait' })]),
    play: async ({ open }) => {
      const claude = await open({ args: anyMode });
      claude.prompt('wait');
      await claude.heard('the tool', ({ message }) => JSON.stringify(message ?? '').includes('"tool_use"'));
      await claude.request('interrupt');
      await claude.result();
      claude.prompt('go on');
      await claude.result();
      await claude.close();
    },
  },
  {
    name: 'an interrupt while the model is silent',
    script: () => [text('let me think'), hang()],
    play: async ({ open }) => {
      const claude = await open({ args: ['--include-partial-messages'] });
      claude.prompt('think');
      await claude.heard('a word', ({ event }) => JSON.stringify(event ?? '').includes('let me think'));
      await claude.request('interrupt');
      await claude.result();
      await claude.close();
    },
  },
  messagesInMidTurn(),
  {
    name: 'a follow-up',
    script: () => [text('heron')],
    play: async ({ open }) => {
      const first = await open();
      first.prompt('say a word');
      const result = await first.result();
      await first.close();
      const second = await open({ args: [`--resume=${result?.session_id}`] });
      second.prompt('again');
      await second.result();
      await second.close();
    },
  },
  {
    name: 'a session that nobody knows',
    script: () => [text('done')],
    play: oneTurn('go on', '--resume=00000000-0000-4000-8000-000000000000'),
  },
  {
    name: '/clear',
    script: () => [text('done')],
    play: async ({ cwd, open }) => {
      settings(cwd, { SessionStart: hook('echo began') });
      const claude = await open({ args: ['--include-hook-events'] });
      for (const prompt of ['one', '/clear', 'two']) {
        claude.prompt(prompt);
        await claude.result();
      }
      await claude.close();
    },
  },
  {
    name: '/compact',
    script: () => [text('done')],
    play: async ({ open }) => {
      const claude = await open();
      for (const prompt of ['one', '/compact']) {
        claude.prompt(prompt);
        await claude.result();
      }
      await claude.close();
    },
  },
  { name: 'a command that nobody knows', script: () => [text('done')], play: oneTurn('/no-such-command') },
  {
    name: 'hooks',
    script: does([toolUse('Bash', { command: 'echo x', description: 'x' })]),
    play: async ({ cwd, open }) => {
      settings(cwd, { UserPromptSubmit: hook('echo trouble >&2; exit 1') });
      const guard = [{ matcher: 'Bash', hookCallbackIds: ['guard'], timeout: 10 }];
      const claude = await open({ args: ['--include-hook-events'], hello: { hooks: { PreToolUse: guard } } });
      claude.prompt('go');
      await claude.result();
      await claude.close();
    },
  },
  {
    name: 'a prompt that a hook refuses',
    script: () => [text('done')],
    play: async (stage) => {
      settings(stage.cwd, { UserPromptSubmit: hook('echo no >&2; exit 2') });
      await oneTurn('go')(stage);
    },
  },
  {
    name: 'a plan nearly used up',
    env: plan,
    script: () => [planUsage('allowed_warning', soon), text('done')],
    play: oneTurn('go'),
  },
  {
    name: 'a plan used up',
    env: plan,
    script: () => [planUsage('rejected', soon), failure(429, 'This request would exceed your limit.')],
    play: oneTurn('go'),
  },
  {
    name: 'an error of the API',
    script: () => [failure(400, 'This is not possible.')],
    play: oneTurn('go'),
  },
  {
    name: 'no login',
    env: { ANTHROPIC_API_KEY: undefined },
    script: () => [text('done')],
    play: oneTurn('go'),
  },
  {
    name: 'the limit of turns',
    env: sandbox,
    script: () => [toolUse('Bash', { command: 'true', description: 'nothing' })],
    play: oneTurn('go', ...anyMode, '--max-turns', '1'),
  },
  {
    name: 'the limit of cost',
    script: () => [toolUse('Glob', { pattern: '*' })],
    play: oneTurn('go', '--max-budget-usd', '0.0000001'),
  },
  {
    name: 'structured output',
    script: does([toolUse('StructuredOutput', { ok: true })]),
    play: oneTurn(
      'go',
      '--json-schema',
      JSON.stringify({ type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] }),
    ),
  },
  {
    name: 'an MCP server that fails',
    script: () => [text('done')],
    play: oneTurn(
      'go',
      '--mcp-config',
      JSON.stringify({ mcpServers: { broken: { command: 'no-such-program', args: [] } } }),
    ),
  },
  {
    name: 'control requests',
    script: () => [text('done')],
    play: async ({ open }) => {
      const claude = await open();
      claude.prompt('one');
      await claude.result();
      for (const [subtype, more] of controlRequests) await claude.request(subtype, more);
      await claude.close();
    },
  },
];

function messagesInMidTurn(): Scenario {
  let opened: () => void = () => undefined;
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const uuid = (last: number) => `00000000-0000-4000-8000-00000000000${last}`;
  return {
    name: 'messages in mid-turn',
    script: (request) => {
      if (modelMessages(request) > 0) return [text('done')];
      return [text('working'), gate(isOpen), toolUse('Glob', { pattern: '*' })];
    },
    play: async ({ open }) => {
      const claude = await open({ args: ['--replay-user-messages', '--include-partial-messages'] });
      claude.prompt('one', { uuid: uuid(1) });
      await claude.heard('a word', ({ event }) => JSON.stringify(event ?? '').includes('working'));
      claude.prompt('two', { uuid: uuid(2), priority: 'next' });
      claude.prompt('three', { uuid: uuid(3), priority: 'later' });
      opened();
      await claude.result();
      await claude.result();
      await claude.close();
    },
  };
}
