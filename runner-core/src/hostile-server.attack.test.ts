import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClaimedRun, Command } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileStem, Outbox } from './outbox/outbox.js';
import { TestControlApi } from './testing/control-api.js';
import { RunnerOn } from './testing/runner-on.js';

/** Attacks of a control API that means harm on a runner that was pointed at it. None may work. */

let api: TestControlApi;
let home: string;
let on: RunnerOn | undefined;
beforeEach(async () => {
  api = await new TestControlApi().listen();
  home = mkdtempSync(join(tmpdir(), 'hostile-server-'));
});
afterEach(async () => {
  await on?.close();
  on = undefined;
  await api.close();
  rmSync(home, { recursive: true, force: true });
});

const claimed = (more: object = {}): object => ({
  id: 'clrtest00000001',
  token: `att_${'a'.repeat(26)}`,
  attempt: 1,
  threadId: 'clrtest00000001',
  input: 'go',
  cwd: process.cwd(),
  permissionMode: 'default',
  model: null,
  resumeSessionId: null,
  timeoutSec: null,
  stallSec: null,
  maxTurns: null,
  maxBudgetUsd: null,
  leaseExpiresAt: new Date().toISOString(),
  mayRunAgain: false,
  lastSeq: 0,
  ...more,
});

/** A runner two folders below `home`, whose first claim is answered with this. */
function answering(answer: object): RunnerOn {
  let isFirst = true;
  api.fault = ({ route }) => {
    if (route !== 'claim' || !isFirst) return undefined;
    isFirst = false;
    return {
      status: 200,
      text: JSON.stringify({ stale: [], commands: [], watched: [], runs: [], ...answer }),
    };
  };
  const dir = join(home, 'agentfleet', 'runner');
  mkdirSync(dir, { recursive: true });
  on = new RunnerOn(api, {}, dir);
  return on;
}

const claims = () => api.requests('claim').length;

const shell = '--settings={"apiKeyHelper":"touch /tmp/agentfleet-was-here"}';

test.each<[string, Record<string, unknown>]>([
  ['an option as the session to resume', { resumeSessionId: shell }],
  ['an option as the model', { model: shell }],
  ['a model that begins like an option', { model: '-p' }],
  ['a negative number of turns', { maxTurns: -1 }],
  ['a budget that is an option', { maxBudgetUsd: shell }],
  ['a budget without end', { maxBudgetUsd: 1e300 }],
  ['a permission mode that no runner knows', { permissionMode: '--dangerously-skip-permissions' }],
  ['an id that is a path', { id: '../../victim' }],
  ['an attempt that is a path', { attempt: '/../../../victim' }],
  ['a negative attempt', { attempt: -1 }],
  ['a token with a line break', { token: `att_${'a'.repeat(26)}\nx` }],
  ['a prompt that is no text', { input: { toString: 'x' } }],
  ['a directory that is a list', { cwd: ['/', 'etc'] }],
  ['a time limit that is negative', { timeoutSec: -5 }],
  ['a log that begins before its beginning', { lastSeq: -9 }],
])('a claim with %s is never executed, and said', async (_what, more) => {
  const runner = answering({ runs: [claimed(more)] });
  await expect.poll(claims).toBeGreaterThan(1);
  expect(runner.agent.sessions).toEqual([]);
  expect(runner.troubles).toEqual([expect.stringContaining('is not carried out')]);
  expect(runner.troubles[0]).toContain(Object.keys(more)[0]);
  expect(readdirSync(join(runner.dir, 'outbox'))).toEqual([]);
  expect(readdirSync(home)).toEqual(['agentfleet']);
});

test('the run of a claim that cannot be read is told as failed, with the field, where that much of it fits', async () => {
  const runner = answering({ runs: [claimed({ permissionMode: 'telepathy' })] });
  await expect.poll(() => api.requests('finishRun').length).toBe(1);
  const [{ id, body } = { id: '', body: {} }] = api.requests('finishRun');
  expect(id).toBe('clrtest00000001');
  expect(body).toMatchObject({ status: 'FAILED', failure: { code: 'internal' } });
  expect(JSON.stringify(body)).toContain('permissionMode');
  expect(runner.agent.sessions).toEqual([]);
});

test('one claim that cannot be read keeps no other from being executed', async () => {
  const good = api.launch({ id: 'clrtest00000099' });
  api.stored(good.id).state = 'RUNNING';
  const runner = answering({ runs: [claimed({ model: shell }), 7, null, good] });
  await expect.poll(() => runner.agent.sessions.map(({ request }) => request.runId)).toEqual([good.id]);
});

test('an id and an attempt that lead out of the outbox touch nothing there', async () => {
  const paths = [claimed({ id: '../../../victim' }), claimed({ attempt: '/../../../../victim' })];
  writeFileSync(join(home, 'victim.log'), 'precious');
  answering({ runs: paths });
  await expect.poll(claims).toBeGreaterThan(1);
  expect(readdirSync(home).sort()).toEqual(['agentfleet', 'victim.log']);
  expect(readFileSync(join(home, 'victim.log'), 'utf8')).toBe('precious');
});

test('no name of a file holds anything that a server said', () => {
  const [name = '', ...others] = (() => {
    const outbox = Outbox.create(join(home, 'outbox'), {
      id: 'a/../b',
      attempt: 1,
      token: 't',
      lastSeq: 0,
    } as ClaimedRun);
    const names = readdirSync(join(home, 'outbox'));
    outbox.remove();
    return names;
  })();
  expect(others).toEqual([]);
  expect(name).toMatch(/^[0-9a-f]{32}\.log$/);
  expect(fileStem('clrtest00000001', 1)).not.toBe(fileStem('clrtest00000001', 11));
});

test('a log whose first record names what is no run is set aside, not delivered', async () => {
  const dir = join(home, 'runner');
  const outbox = Outbox.create(join(dir, 'outbox'), claimed({ id: '../../me' }) as ClaimedRun);
  await outbox.markStarted();
  on = new RunnerOn(api, {}, dir);
  await expect.poll(claims).toBeGreaterThan(0);
  expect(api.received.map(({ route }) => route)).not.toContain('finishRun');
  expect(on.files).toEqual([expect.stringMatching(/\.damaged$/)]);
});

test('answers that fit nothing are waited out with growing pauses, and the runner lives', async () => {
  const odd = ['[]', '{}', '{"runs":{}}', '{"runs":[],"commands":[],"stale":["../x"],"watched":[]}'];
  api.fault = ({ route }) =>
    route === 'claim' && odd.length > 0 ? { status: 200, text: odd.shift() ?? '' } : undefined;
  const runner = new RunnerOn(api);
  on = runner;
  api.launch();
  await expect.poll(() => runner.agent.sessions.length).toBe(1);
  expect(odd).toEqual([]);
  expect(runner.was).toContain('UNREADABLE');
});

test('what is offered again and again, and cannot be read, is not asked for without a pause', async () => {
  api.fault = ({ route }) =>
    route === 'claim'
      ? { status: 200, text: JSON.stringify({ stale: [], commands: [], watched: [], runs: [{ id: 'x' }] }) }
      : undefined;
  on = new RunnerOn(api);
  await expect.poll(claims).toBeGreaterThan(3);
  const before = claims();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(claims() - before).toBeLessThan(50);
  expect(on.troubles.length).toBe(1);
});

test('a command of a kind that no runner knows is passed over once, and a decision that does not fit decides nothing', async () => {
  const run = api.launch({ approvalSec: 600 });
  const runner = new RunnerOn(api);
  on = runner;
  await expect.poll(() => runner.agent.sessions.length).toBe(1);
  const answered = runner.session(0).ask();
  await expect.poll(() => api.approval(run.id, 'request-1')?.state).toBe('waiting');
  const commands = [
    { id: 'cmd_test00000001', runId: run.id, kind: 'exec', argv: ['sh'] },
    {
      id: 'cmd_test00000002',
      runId: run.id,
      kind: 'decision',
      requestId: 'request-1',
      decision: { decision: 'allow' },
    },
    { id: 'cmd_test00000003', runId: run.id, kind: 'decision', requestId: 'request-1', decision: 'allow' },
  ];
  api.commands.push(...(commands as unknown as Command[]));
  api.ring();
  await expect.poll(() => api.commands).toEqual([]);
  expect(api.approval(run.id, 'request-1')?.state).toBe('waiting');
  api.decide(run.id, 'request-1', { decision: 'deny', decidedBy: 'ann' });
  expect(await answered).toMatchObject({ allow: false });
});

test('an answer to an append that claims more than was sent takes nothing from the log', async () => {
  const run = api.launch();
  let hasLied = false;
  api.fault = ({ route }) => {
    if (route !== 'appendEvents' || hasLied) return undefined;
    hasLied = true;
    return { status: 200, text: '{"lastSeq":9007199254740991}' };
  };
  const runner = new RunnerOn(api);
  on = runner;
  await expect.poll(() => runner.agent.sessions.length).toBe(1);
  runner.session(0).say('one');
  await expect.poll(() => hasLied).toBe(true);
  runner.session(0).say('two');
  await expect.poll(() => api.stored(run.id).events.map(({ message }) => message)).toEqual(['one', 'two']);
});

test('runs that nobody asked for, by the thousand, are begun no more than could be renewed', async () => {
  const runs = Array.from({ length: 1_000 }, (_each, index) => {
    const id = `clrflood${String(index).padStart(8, '0')}`;
    return claimed({ id, token: `att_${id}`.padEnd(30, 'a'), cwd: '/nowhere-at-all' });
  });
  const runner = answering({ runs });
  runner.agent.stops = false;
  await expect.poll(claims).toBeGreaterThan(1);
  expect(runner.files.length).toBeLessThanOrEqual(256);
  expect(runner.agent.sessions).toEqual([]);
});

test('a field’s name that steers a terminal is told without what does', async () => {
  const decision = { decision: 'allow', decidedBy: 'ann', answers: { '\u001b[2J\u001b]0;owned\u0007q': 7 } };
  const command = {
    id: 'cmd_test00000001',
    runId: 'clrtest00000001',
    kind: 'decision',
    requestId: 'r',
    decision,
  };
  const runner = answering({ commands: [command] });
  await expect.poll(() => runner.troubles.length).toBe(1);
  expect(runner.troubles[0]).toContain('decision.answers.q');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  expect(runner.troubles[0]).not.toMatch(/[\u0000-\u001f]/);
});

test('asked for folders outside, by name, by `..`, by a link and all at once, it names none and goes on', async () => {
  const outside = ['/', home, `${process.cwd()}/..`, `${process.cwd()}/src/../../..`, '/proc/self/root'];
  const inquiries = [
    ...outside.map((path) => ({ id: crypto.randomUUID(), kind: 'folders', path, hidden: true })),
    { id: crypto.randomUUID(), kind: 'files', path: process.cwd() },
    { id: '../../victim', kind: 'folders', path: process.cwd(), hidden: false },
    ...Array.from({ length: 1_000 }, () => ({
      ...{ id: crypto.randomUUID(), kind: 'folders', path: '/etc', hidden: false },
    })),
  ];
  answering({ inquiries });
  const answers = () => api.requests('answerInquiry').map(({ body }) => body);
  await expect.poll(() => answers().length, { timeout: 10_000 }).toBe(64);
  await expect.poll(claims).toBeGreaterThan(1);
  const codes = answers().map(({ answer }) => (answer as { code?: string }).code);
  expect(new Set(codes)).toEqual(new Set(['not_allowed']));
});
