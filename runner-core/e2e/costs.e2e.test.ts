import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunWithLogs, UsageReport } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cli, clis } from './clis.js';
import { Fleet } from './fleet.js';
import {
  type ModelRequest,
  type ModelServer,
  startModelServer,
  text,
  toolUse,
  usagePerMessage,
} from './model-server.js';

// What a run costs, by the real CLIs: a thread's runs share one session, which each of them counts in its own way.
const model = 'claude-opus-4-8';
/** USD, at 5 and 25 for a million tokens. */
const costOfMessage = (usagePerMessage.input_tokens * 5 + usagePerMessage.output_tokens * 25) / 1_000_000;

let server: ModelServer;
let fleet: Fleet;
let home: string;
/** What `claude` is at the moment. */
let link: string;

beforeAll(async () => {
  server = await startModelServer((request) => {
    const { asked, made } = lastTurn(request);
    return made < asked ? [toolUse('Glob', { pattern: `message-${made}` })] : [text('done')];
  });
  home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-costs-')));
  link = join(home, process.platform === 'win32' ? 'claude.exe' : 'claude');
  await use(clis[0]);
  fleet = await Fleet.start(server, { executable: link });
}, 60_000);
afterAll(async () => {
  await fleet?.close();
  await server?.close();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

/** As an update of Claude Code between two sessions does. */
async function use(cli: Cli | undefined): Promise<void> {
  if (!cli) throw new Error('no Claude Code is installed');
  await rm(link, { force: true });
  await symlink(cli.executable, link);
}

/** A prompt says how many messages the model makes of it. */
function lastTurn({ messages }: ModelRequest): { asked: number; made: number } {
  const prompts = messages.map(({ content }) => /make (\d+) messages/.exec(JSON.stringify(content))?.[1]);
  const at = prompts.findLastIndex((prompt) => prompt !== undefined);
  const made = messages.slice(at).filter(({ role }) => role === 'assistant').length + 1;
  return { asked: Number(prompts[at]), made };
}

function figures({ status, usage, costUsd, numTurns }: RunWithLogs) {
  return { status, inputTokens: usage?.inputTokens, costUsd: Number(costUsd?.toFixed(9)), numTurns };
}

const expected = (messages: number) => ({
  status: 'SUCCEEDED',
  inputTokens: messages * usagePerMessage.input_tokens,
  costUsd: Number((messages * costOfMessage).toFixed(9)),
  numTurns: messages,
});

/** Index into `clis`, for each run of a thread. */
const threads =
  clis.length > 1
    ? [
        [0, 0, 0],
        [1, 1, 1],
        [0, 1, 0, 1],
        [1, 0, 0, 1],
      ]
    : [[0, 0, 0]];

test.each(threads.map((thread) => ({ thread: thread.map((index) => clis[index]?.version) })))(
  'each run of a thread costs what it used itself, and usage is the sum of them, on $thread',
  async ({ thread }) => {
    const cwd = join(fleet.allowed, thread.join('-'));
    await mkdir(cwd);
    // Not growing alone: a follow-up may use less than the one before it.
    const messages = [2, 1, 3, 2].slice(0, thread.length);
    const runs: RunWithLogs[] = [];
    for (const [index, version] of thread.entries()) {
      await use(clis.find((cli) => cli.version === version));
      const prompt = `make ${messages[index]} messages`;
      const parent = runs.at(-1);
      const { id } = parent
        ? await fleet.followUp(parent.id, prompt)
        : await fleet.launch({ prompt, cwd, model, labels: [cwd] });
      runs.push(await fleet.ended(id));
    }
    expect(runs.map(figures)).toEqual(messages.map(expected));
    expect(new Set(runs.map((run) => run.agentSessionId)).size).toBe(1);

    const { data } = await fleet.get<UsageReport>('/usage?groupBy=directory');
    const row = data.find(({ key }) => key === cwd);
    const all = messages.reduce((sum, each) => sum + each, 0);
    expect(row).toMatchObject({
      runs: runs.length,
      inputTokens: all * usagePerMessage.input_tokens,
    });
    expect(row?.costUsd).toBeCloseTo(all * costOfMessage, 9);
    const byModel = await fleet.get<UsageReport>('/usage?groupBy=model');
    const total = await fleet.get<UsageReport>('/usage?groupBy=day');
    const sum = (report: UsageReport) => report.data.reduce((before, { costUsd }) => before + costUsd, 0);
    expect(sum(byModel)).toBeCloseTo(sum(total), 9);
  },
  120_000,
);

test.each(clis)(
  'on $name two follow-ups of one run each cost their own',
  async (cli) => {
    await use(cli);
    const cwd = join(fleet.allowed, `two-${cli.version}`);
    await mkdir(cwd);
    const first = await fleet.launch({ prompt: 'make 3 messages', cwd, model });
    const [one, other] = [
      await fleet.followUp(first.id, 'make 1 messages'),
      await fleet.followUp(first.id, 'make 2 messages'),
    ];
    expect(figures(await fleet.ended(other.id))).toEqual(expected(2));
    expect(figures(await fleet.ended(one.id))).toEqual(expected(1));
    expect(figures(await fleet.ended(first.id))).toEqual(expected(3));
  },
  120_000,
);

test('the operators’ command agrees with every run, and changes none', async () => {
  await fleet.killServer();
  const cli = join(import.meta.dirname, '../../server/dist/cli.js');
  const { PATH, SystemRoot } = process.env;
  const env = { PATH, SystemRoot, HOME: home, USERPROFILE: home, AGENTFLEET_DATA_DIR: fleet.dataDir };
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'recount-costs'], { env });
  expect(stdout).toMatch(/^0 of [1-9]\d* runs changed: \$0 → \$0\. 0 could not be decided\.\n$/);
}, 120_000);
