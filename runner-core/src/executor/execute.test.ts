import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClaimedRun, Event } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Allowlist } from '../allowlist/allowlist.js';
import { createAllowlist } from '../allowlist/real-path-allowlist.js';
import { Outbox } from '../outbox/outbox.js';
import { TestControlApi } from '../testing/control-api.js';
import { ScriptedAgent, type ScriptedSession } from '../testing/scripted-agent.js';
import { soon } from '../testing/soon.js';
import { hasJunctions } from '../testing/wine.js';
import { type Execution, execute, type Limits } from './execute.js';

// Test files share the modules that were loaded: this one has them loaded again, onto a disk of its own.
vi.hoisted(() => vi.resetModules());

/** What the disk was forced to take, as calls that wait for the test; undefined forces at once. */
const disk = vi.hoisted(() => ({ held: undefined as (() => void)[] | undefined, refuses: false }));

// A disk that takes its time, or refuses.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const fsync = (file: number, done: (error: Error | null) => void) => {
    const force = () => fs.fsync(file, done);
    if (disk.refuses) done(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' }));
    else if (disk.held) disk.held.push(force);
    else force();
  };
  return { ...fs, fsync };
});

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'execute-')));
  mkdirSync(join(directory, 'work'));
  Object.assign(disk, { held: undefined, refuses: false });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

interface Tried {
  execution: Execution;
  agent: ScriptedAgent;
  outbox: Outbox;
  events: Event[];
  lines(): string[];
}

interface Given {
  run?: Partial<ClaimedRun>;
  limits?: Partial<Limits>;
  allowlist?: Pick<Allowlist, 'check'>;
  begin?: () => Promise<'begun' | 'lost'>;
  script?: (session: ScriptedSession) => void;
}

/** Executes a session that goes on until the test ends it. */
function tried({ run = {}, limits = {}, allowlist, begin, script = () => undefined }: Given = {}): Tried {
  const cwd = join(directory, 'work');
  const claimed = new TestControlApi().launch({ cwd, approvalSec: 600, ...run });
  const agent = new ScriptedAgent();
  agent.script = script;
  const events: Event[] = [];
  const outbox = Outbox.create(join(directory, 'outbox'), claimed);
  const execution = execute({
    run: claimed,
    agent,
    allowlist: allowlist ?? createAllowlist([cwd]),
    permissionModes: ['default'],
    limits: { timeoutSec: 86_400, stallSec: 86_400, approvalSec: 86_400, ...limits },
    outbox,
    begin: begin ?? (async () => 'begun'),
    approve: async () => ({ state: 'unasked', decision: null }),
    onEvent: (event) => void events.push(event),
    onPartial: () => undefined,
  });
  return { execution, agent, outbox, events, lines: () => events.map(({ message }) => message) };
}

/** The session once it has begun. */
async function begun({ agent }: Tried): Promise<ScriptedSession> {
  await soon(() => agent.sessions.length).toBe(1);
  const [session] = agent.sessions;
  if (!session) throw new Error('it began');
  return session;
}

const pass = (sec: number) => vi.advanceTimersByTimeAsync(sec * 1_000);

test.each([
  [{ timeoutSec: 600 }, { timeoutSec: 60 }, 60],
  [{ timeoutSec: 60 }, { timeoutSec: 600 }, 60],
  [{ timeoutSec: null }, { timeoutSec: 60 }, 60],
])('a session (%j) on a machine (%j) ends after the shorter time', async (run, limits, sec) => {
  const on = tried({ run, limits });
  const session = await begun(on);
  session.say('still here');
  await pass(sec - 1);
  expect(session.asked).toEqual([]);
  await pass(1);
  expect(session.asked).toEqual(['stop']);
  expect(await on.execution.done).toBe('ended');
  const message = `The session reached its time limit of ${sec} seconds.`;
  expect(on.outbox.finish).toMatchObject({ status: 'FAILED', failure: { code: 'timed_out', message } });
  expect(on.lines()).toEqual(['still here', `${message} Ending it.`]);
});

test.each([
  [{ stallSec: 600 }, { stallSec: 60 }],
  [{ stallSec: 60 }, { stallSec: 600 }],
])(
  'a silent session (%j) on a machine (%j) is marked, interrupted 30 s later, and ended 30 s after that',
  async (run, limits) => {
    const on = tried({ run, limits });
    const session = await begun(on);
    const silent = 'The session gave no output for 60 seconds.';
    await pass(59);
    expect(on.lines()).toEqual([]);
    await pass(1);
    expect(on.lines()).toEqual([`${silent} It counts as stalled.`]);
    await pass(29);
    expect(session.asked).toEqual([]);
    await pass(1);
    expect(session.asked).toEqual(['interrupt']);
    await pass(29);
    expect(session.asked).toEqual(['interrupt']);
    await pass(1);
    expect(session.asked).toEqual(['interrupt', 'stop']);
    expect(await on.execution.done).toBe('ended');
    expect(on.lines().slice(1)).toEqual([`${silent} Interrupting it.`, `${silent} Ending it.`]);
    expect(on.events.map(({ data }) => data)).toEqual(on.events.map(() => ({ stalled: true })));
    expect(on.outbox.finish).toMatchObject({
      status: 'FAILED',
      failure: { code: 'stalled', message: silent },
    });
  },
);

test.each<[string, (session: ScriptedSession) => void]>([
  ['an event', (session) => session.say('x')],
  ['a piece of text', (session) => session.produce('x')],
  ['any byte of output', (session) => session.breathe()],
])('%s lets the watch for silence begin anew', async (_what, speak) => {
  const on = tried({ limits: { stallSec: 60 } });
  const session = await begun(on);
  for (let times = 0; times < 3; times += 1) {
    await pass(59);
    speak(session);
  }
  await pass(59);
  expect(on.lines().filter((line) => line.includes('no output'))).toEqual([]);
  await pass(1);
  expect(on.lines().filter((line) => line.includes('no output'))).toHaveLength(1);
  // Once it is marked, too.
  speak(session);
  await pass(31);
  expect(session.asked).toEqual([]);
  session.end();
  await on.execution.done;
});

test('what an interrupted session says does not save it: it is its way of ending', async () => {
  const on = tried({ limits: { stallSec: 60 } });
  const session = await begun(on);
  await pass(90);
  expect(session.asked).toEqual(['interrupt']);
  session.say('interrupted');
  await pass(30);
  expect(session.asked).toEqual(['interrupt', 'stop']);
  await on.execution.done;
});

test('a stalled session that ends on its interrupt says stalled; one that succeeded after all succeeded', async () => {
  const ends = async (outcome: Parameters<ScriptedSession['end']>[0]) => {
    const on = tried({ limits: { stallSec: 60 } });
    const session = await begun(on);
    await pass(90);
    session.end(outcome);
    await on.execution.done;
    return on.outbox.finish;
  };
  expect(await ends({ status: 'CANCELLED', result: null })).toMatchObject({
    status: 'FAILED',
    failure: { code: 'stalled' },
  });
  expect(await ends({ result: 'done' })).toMatchObject({
    status: 'SUCCEEDED',
    result: 'done',
    failure: null,
  });
});

test('a cancel after the interrupt of a stalled session is told as a cancel', async () => {
  const on = tried({ limits: { stallSec: 60 } });
  const session = await begun(on);
  await pass(90);
  expect(session.asked).toEqual(['interrupt']);
  on.execution.stop();
  await on.execution.done;
  expect(on.outbox.finish).toMatchObject({ status: 'CANCELLED', failure: null });
});

test('once it is being ended no limit says anything more', async () => {
  const on = tried({ limits: { stallSec: 10, timeoutSec: 40 } });
  on.agent.stops = false;
  const session = await begun(on);
  on.execution.stop();
  await pass(59);
  expect(on.lines()).toEqual([]);
  session.end({ status: 'CANCELLED' });
  await on.execution.done;
  await pass(600);
  expect(on.lines()).toEqual([]);
  expect(session.asked).toEqual(['stop']);
});

test('a session that has ended by itself is asked for nothing when its limits pass', async () => {
  const on = tried({ limits: { stallSec: 60, timeoutSec: 60 } });
  const session = await begun(on);
  session.end();
  await on.execution.done;
  await pass(600);
  expect(session.asked).toEqual([]);
  expect(on.outbox.finish).toMatchObject({ status: 'SUCCEEDED' });
});

test('the end of a session whose processes do not go is told after a minute without them', async () => {
  const on = tried();
  on.agent.stops = false;
  await begun(on);
  on.execution.stop({ code: 'timed_out', message: 'late' });
  await pass(59);
  expect(on.outbox.finish).toBeUndefined();
  await pass(1);
  await on.execution.done;
  expect(on.lines()).toEqual(['Processes of the session did not end and may still be there.']);
  expect(on.outbox.finish).toMatchObject({ status: 'FAILED', failure: { code: 'timed_out' } });
});

test('a session whose processes do not go still cost what its results had told', async () => {
  const on = tried();
  on.agent.stops = false;
  const session = await begun(on);
  const data = { type: 'result', num_turns: 3, total_cost_usd: 0.5, modelUsage: {} };
  session.say('done', { kind: 'result', data });
  on.execution.stop({ code: 'timed_out', message: 'late' });
  await pass(60);
  await on.execution.done;
  expect(on.outbox.finish).toMatchObject({ status: 'FAILED', numTurns: 3, costUsd: 0.5 });
});

test('a directory of which the disk says nothing for 30 s is refused, and nothing is spawned', async () => {
  const on = tried({
    allowlist: { check: () => new Promise(() => undefined) },
  });
  await pass(29);
  expect(on.outbox.finish).toBeUndefined();
  await pass(1);
  await on.execution.done;
  expect(on.outbox.finish).toMatchObject({ status: 'FAILED', failure: { code: 'directory_not_found' } });
  expect(on.agent.sessions).toEqual([]);
});

test.runIf(hasJunctions)(
  'a directory that leads out of the allowlist once the run has begun is refused, and nothing is spawned',
  async () => {
    const [allowed, outside, cwd] = ['allowed', 'outside', 'allowed/link'].map((name) =>
      join(directory, name),
    );
    for (const made of [allowed, join(allowed ?? '', 'inside'), outside]) mkdirSync(made ?? '');
    const lead = (to: string) => {
      rmSync(cwd ?? '', { force: true });
      symlinkSync(to, cwd ?? '', 'junction');
    };
    lead(join(allowed ?? '', 'inside'));
    const on = tried({
      run: { cwd: cwd ?? '' },
      allowlist: createAllowlist([allowed ?? '']),
      begin: async () => {
        lead(outside ?? '');
        return 'begun';
      },
    });
    await on.execution.done;
    expect(on.outbox.finish).toMatchObject({ status: 'FAILED', failure: { code: 'directory_not_allowed' } });
    expect(on.agent.sessions).toEqual([]);
  },
);

test.runIf(hasJunctions)(
  'a session is spawned where its directory leads when it begins, not where it led before',
  async () => {
    const [first, second, cwd] = ['first', 'second', 'link'].map((name) => join(directory, name));
    for (const made of [first, second]) mkdirSync(made ?? '');
    symlinkSync(first ?? '', cwd ?? '', 'junction');
    const on = tried({
      run: { cwd: cwd ?? '' },
      allowlist: createAllowlist([directory]),
      begin: async () => {
        rmSync(cwd ?? '');
        symlinkSync(second ?? '', cwd ?? '', 'junction');
        return 'begun';
      },
    });
    const session = await begun(on);
    expect(session.request.cwd).toBe(second);
    session.end();
    await on.execution.done;
  },
);

test('no process exists before the disk has been forced to take that there may be one', async () => {
  disk.held = [];
  const on = tried();
  await soon(() => disk.held?.length).toBe(1);
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(on.outbox.started).toBe(true);
  expect(on.agent.sessions).toEqual([]);
  const [force] = disk.held;
  disk.held = undefined;
  force?.();
  const session = await begun(on);
  session.end();
  await on.execution.done;
});

test('a disk that refuses to be forced begins no session', async () => {
  disk.refuses = true;
  const on = tried();
  await on.execution.done;
  expect(on.outbox.finish).toMatchObject({ status: 'FAILED', failure: { code: 'outbox_failed' } });
  expect(on.agent.sessions).toEqual([]);
});

test.each<[string, (on: Tried) => void, object]>([
  ['cancelled', ({ execution }) => execution.stop(), { status: 'CANCELLED' }],
  [
    'ended for a reason',
    ({ execution }) => execution.stop({ code: 'runner_lost', message: 'gone' }),
    { status: 'FAILED', failure: { code: 'runner_lost' } },
  ],
])('a run that is %s while it waits for its start is never spawned', async (_how, stop, finish) => {
  const on = tried({
    begin: async () => {
      stop(on);
      return 'begun';
    },
  });
  expect(await on.execution.done).toBe('ended');
  expect(on.outbox.finish).toMatchObject(finish);
  expect(on.agent.sessions).toEqual([]);
});

test('a run that is lost, or dropped, leaves no end in the log', async () => {
  const lost = tried({ begin: async () => 'lost' });
  expect(await lost.execution.done).toBe('dropped');
  const dropped = tried();
  await begun(dropped);
  dropped.execution.drop();
  expect(await dropped.execution.done).toBe('dropped');
  for (const { outbox } of [lost, dropped]) expect(outbox.finish).toBeUndefined();
});

test('what the machine or the agent refuses is told before the server hears of a start', async () => {
  let asked = 0;
  const begin = async () => {
    asked += 1;
    return 'begun' as const;
  };
  const mode = tried({ run: { permissionMode: 'plan' }, begin });
  const outside = tried({ run: { cwd: tmpdir() }, begin });
  const agentless = tried({ begin });
  agentless.agent.probed = {
    ok: false,
    failure: { code: 'agent_not_found', message: 'no claude' },
    path: null,
    version: null,
  };
  const refusing = tried({ begin });
  const refuses = [{ mode: 'default' as const, message: 'not here' }];
  refusing.agent.probed = { ok: true, path: '/bin/claude', version: '2.1.200', refuses };
  const codes = [
    ...['permission_mode_not_allowed', 'directory_not_allowed', 'agent_not_found'],
    'permission_mode_not_allowed',
  ];
  for (const [index, on] of [mode, outside, agentless, refusing].entries()) {
    await on.execution.done;
    expect(on.outbox.finish?.failure?.code).toBe(codes[index]);
    expect(on.events).toMatchObject([{ kind: 'error', data: { code: codes[index] } }]);
  }
  expect(asked).toBe(0);
});
