import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClaimedRun, Event } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PermissionAnswer, PermissionRequest } from '../agents/agent.js';
import type { Settled } from '../approvals/approval-desk.js';
import { Outbox } from '../outbox/outbox.js';
import { TestControlApi } from '../testing/control-api.js';
import { ScriptedAgent, type ScriptedSession } from '../testing/scripted-agent.js';
import { execute } from './execute.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'permissions-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

type Approve = (request: PermissionRequest, waitSec: number, signal: AbortSignal) => Promise<Settled>;

/** Executes a session that does what `script` says; people decide as `approve` says. */
async function session(
  script: (session: ScriptedSession) => Promise<void>,
  approve: Approve,
  run: Partial<ClaimedRun> = {},
  limits: { stallSec?: number; approvalSec?: number } = {},
) {
  const claimed = new TestControlApi().launch({ cwd: directory, approvalSec: 600, ...run });
  const agent = new ScriptedAgent();
  agent.script = (begun) => void script(begun);
  const events: Event[] = [];
  const outbox = Outbox.create(join(directory, 'outbox'), claimed);
  const end = await execute({
    run: claimed,
    agent,
    allowlist: { check: async () => ({ ok: true, realPath: directory }) },
    permissionModes: ['default'],
    limits: { timeoutSec: 60, stallSec: 60, approvalSec: 86_400, ...limits },
    outbox,
    begin: async () => 'begun',
    approve,
    onEvent: (event) => void events.push(event),
    onPartial: () => undefined,
  }).done;
  return { end, outbox, lines: events.map(({ message }) => message), events };
}

const allowed: Settled = {
  state: 'allowed',
  decision: { decision: 'allow', decidedBy: 'ann', forSession: true },
};

test('the log says that the session waits, and who allowed it', async () => {
  let answer: PermissionAnswer | undefined;
  const { lines, events } = await session(
    async (begun) => {
      answer = await begun.ask();
      begun.end();
    },
    async () => allowed,
  );
  expect(answer).toEqual({ allow: true, forSession: true, answers: null });
  expect(lines).toEqual([
    'waiting for approval: Bash npm test',
    'allowed by ann for the session: Bash npm test',
  ]);
  expect(events.map(({ data }) => data)).toMatchObject([
    { type: 'approval', state: 'waiting', requestId: 'request-1', toolUseId: 'toolu_1', tool: 'Bash' },
    { type: 'approval', state: 'allowed', requestId: 'request-1', decidedBy: 'ann', forSession: true },
  ]);
});

test.each<[Settled, string, string]>([
  [
    { state: 'denied', decision: { decision: 'deny', decidedBy: 'ann', reason: 'use pnpm' } },
    'denied by ann: Bash npm test (use pnpm)',
    'use pnpm',
  ],
  [
    { state: 'denied', decision: { decision: 'deny', decidedBy: 'ann' } },
    'denied by ann: Bash npm test',
    'A person denied this use of Bash.',
  ],
  [
    { state: 'expired', decision: null },
    'denied, as nobody answered in time: Bash npm test',
    'Nobody answered within 600 seconds, so this use of Bash was denied.',
  ],
  [
    { state: 'unasked', decision: null },
    'denied, as nobody can be asked: Bash npm test',
    'nobody can be asked',
  ],
])('%j is a denial with a reason to go on with', async (settled, line, reason) => {
  const answers: PermissionAnswer[] = [];
  const { lines } = await session(
    async (begun) => {
      answers.push(await begun.ask());
      begun.end();
    },
    async () => settled,
  );
  expect(lines.at(-1)).toBe(line);
  expect(answers).toEqual([{ allow: false, reason: expect.stringContaining(reason) }]);
});

test.each([
  [{ approvalSec: 0 }, {}],
  [{ approvalSec: 600 }, { approvalSec: 0 }],
])(
  'a run (%j) or a machine (%j) that lets nobody be asked denies at once, and logs nothing',
  async (run, limits) => {
    const answers: PermissionAnswer[] = [];
    const { lines } = await session(
      async (begun) => {
        answers.push(await begun.ask());
        begun.end();
      },
      () => Promise.reject(new Error('Somebody was asked')),
      run,
      limits,
    );
    expect(answers).toMatchObject([{ allow: false }]);
    expect(lines).toEqual([]);
  },
);

test('it waits as long as the run says, and at most as long as the machine does', async () => {
  const waits: number[] = [];
  const asks = async (begun: ScriptedSession) => {
    await begun.ask();
    begun.end();
  };
  const approve: Approve = async (_request, waitSec) => {
    waits.push(waitSec);
    return allowed;
  };
  await session(asks, approve, { approvalSec: 90 });
  await session(asks, approve, { approvalSec: 90 }, { approvalSec: 30 });
  expect(waits).toEqual([90, 30]);
});

test('a session that waits for a person is not stalled, however long, and is watched again afterwards', async () => {
  let decide: (settled: Settled) => void = () => undefined;
  const { lines } = await session(
    async (begun) => {
      const answer = begun.ask();
      // Longer than it may be silent.
      setTimeout(() => decide(allowed), 1_500);
      await answer;
    },
    () =>
      new Promise((resolve) => {
        decide = resolve;
      }),
    {},
    { stallSec: 1 },
  );
  expect(lines.slice(0, 3)).toEqual([
    'waiting for approval: Bash npm test',
    'allowed by ann for the session: Bash npm test',
    'The session gave no output for 1 seconds. It counts as stalled.',
  ]);
});

test('an answer that comes after the end of the session is not in its log', async () => {
  let decide: (settled: Settled) => void = () => undefined;
  const { end, lines, outbox } = await session(
    async (begun) => {
      void begun.ask();
      begun.end();
    },
    () =>
      new Promise((resolve) => {
        decide = resolve;
      }),
  );
  decide(allowed);
  await new Promise((resolve) => setImmediate(resolve));
  expect(end).toBe('ended');
  expect(lines).toEqual(['waiting for approval: Bash npm test']);
  expect(outbox.lastSeq).toBe(1);
});

test('what steers a terminal in a person’s reason is in no line of the log, and Claude is told it as it is', async () => {
  const reason = 'use\n\u001b[31mpnpm\u001b[0m\u0007';
  let answer: PermissionAnswer | undefined;
  const { lines } = await session(
    async (begun) => {
      answer = await begun.ask();
      begun.end();
    },
    async () => ({ state: 'denied', decision: { decision: 'deny', decidedBy: 'ann', reason } }),
  );
  expect(lines.at(-1)).toBe('denied by ann: Bash npm test (use pnpm)');
  expect(answer).toMatchObject({ allow: false });
  expect(JSON.stringify(answer)).toContain('\\u001b[31mpnpm');
});
