import { ApprovalsQuery, type ClaimedRun, DecideApproval, type RequestApproval } from '@agentfleet/contract';
import { beforeAll, expect, test } from 'vitest';
import { keyNamed } from '../testing/key-named.js';
import { finishOf, useOrg } from '../testing/org-with-queue.js';
import { Approvals } from './approvals.js';

const org = useOrg();
const { launch, runner, claim, claimOne, expireLeases } = org;
let approvals: Approvals;
beforeAll(() => {
  approvals = new Approvals(org.database);
});

/** A session that runs, on a runner of its own. */
async function started(): Promise<{ runnerId: string; run: ClaimedRun }> {
  await launch();
  const runnerId = await runner();
  const run = await claimOne(runnerId);
  await org.queue.start(org.id, run.id, { token: run.token });
  return { runnerId, run };
}

const asking = (run: ClaimedRun, more: Partial<RequestApproval> = {}): RequestApproval => ({
  token: run.token,
  requestId: 'request-1',
  tool: 'Bash',
  message: 'Bash npm test',
  input: { command: 'npm test' },
  toolUseId: 'toolu_1',
  sessionGrant: 'Bash(npm test)',
  waitSec: 600,
  ...more,
});
const ask = (run: ClaimedRun, more?: Partial<RequestApproval>) =>
  approvals.request(org.id, run.id, asking(run, more));
const decide = (id: string, decision: typeof DecideApproval._zod.input, by = 'laptop') =>
  approvals.decide(org.id, id, DecideApproval.parse(decision), keyNamed(by));
const waitingOn = async (run: ClaimedRun) => (await org.queue.get(org.id, run.id)).approvalsWaiting;
const timeIsUp = (id: string) =>
  org.database.prisma.approval.update({ where: { id }, data: { expiresAt: new Date(0) } });

test('an approval waits until a person allows it, and the word reaches the runner until it acknowledges', async () => {
  const { runnerId, run } = await started();
  const asked = await ask(run);
  expect(asked).toMatchObject({ state: 'waiting', decision: null });
  expect(asked.expiresInMs).toBeGreaterThan(590_000);
  expect(await waitingOn(run)).toBe(1);
  expect(await decide(asked.id, { decision: 'allow', forSession: true })).toMatchObject({
    state: 'allowed',
    decidedBy: 'laptop',
    forSession: true,
  });
  expect(await waitingOn(run)).toBe(0);
  const leases = [{ runId: run.id, token: run.token }];
  const word = {
    runId: run.id,
    kind: 'decision',
    requestId: 'request-1',
    decision: { decision: 'allow', decidedBy: 'laptop', forSession: true },
  };
  const { commands } = await claim(runnerId, { leases, slots: 0 });
  expect(commands).toEqual([{ id: expect.stringMatching(/^cmd_/), ...word }]);
  const status = { leases, acknowledged: [], draining: false };
  expect((await org.queue.heartbeat(org.id, runnerId, status)).commands).toEqual(commands);
  const acknowledged = commands.map(({ id }) => id);
  expect((await claim(runnerId, { leases, slots: 0, acknowledged })).commands).toEqual([]);
});

test('of what nobody sees in a request it is told where it stands', async () => {
  const { run } = await started();
  const input = { command: 'rm -rf \u202E./tmp\u200B', 'na\u2060me': ['👩‍👩‍👧 is one picture'] };
  const { id } = await ask(run, {
    message: 'Bash rm -rf \u202E./tmp',
    input,
    sessionGrant: 'Bash(rm:\u2063*)',
  });
  const hidden = [
    { in: '/message', at: 12, code: 'U+202E' },
    { in: '/input', at: 2, code: 'U+2060' },
    { in: '/input/command', at: 7, code: 'U+202E' },
    { in: '/input/command', at: 13, code: 'U+200B' },
    { in: '/sessionGrant', at: 8, code: 'U+2063' },
  ];
  const approval = await approvals.get(org.id, id);
  expect(approval.hidden).toHaveLength(hidden.length);
  expect(approval.hidden).toEqual(expect.arrayContaining(hidden));
  const { data } = await approvals.list(org.id, ApprovalsQuery.parse({ runId: run.id }));
  expect(data).toEqual([{ ...approval, truncated: false }]);
  const cut = await ask(run, { requestId: 'request-3', input: { command: `${'x'.repeat(5_000)}\u202E` } });
  const whole = await approvals.get(org.id, cut.id);
  expect(whole.hidden).toEqual([{ in: '/input/command', at: 5_000, code: 'U+202E' }]);
  const rows = await approvals.list(org.id, ApprovalsQuery.parse({ runId: run.id }));
  // What is in the part that is not there is not denied.
  expect(rows.data.find(({ id }) => id === cut.id)).not.toHaveProperty('hidden');
  const plain = await ask(run, { requestId: 'request-2' });
  expect(await approvals.get(org.id, plain.id)).toMatchObject({ hidden: [] });
});

test('a claim that waits for commands is answered with the decision at once', async () => {
  const { runnerId, run } = await started();
  const { id } = await ask(run);
  const waiting = claim(runnerId, { leases: [{ runId: run.id, token: run.token }], slots: 0, waitSec: 30 });
  await decide(id, { decision: 'deny', reason: 'use pnpm' });
  expect((await waiting).commands).toMatchObject([
    { kind: 'decision', decision: { decision: 'deny', reason: 'use pnpm', decidedBy: 'laptop' } },
  ]);
});

test('asking again is answered with what became of it, and makes no second one', async () => {
  const { run } = await started();
  const [first, again] = await Promise.all([ask(run), ask(run)]);
  expect(again.id).toBe(first.id);
  expect(await waitingOn(run)).toBe(1);
  await decide(first.id, { decision: 'allow', answers: { 'Which one?': 'The other' } });
  expect(await ask(run)).toEqual({
    id: first.id,
    state: 'allowed',
    expiresInMs: 0,
    decision: { decision: 'allow', decidedBy: 'laptop', answers: { 'Which one?': 'The other' } },
  });
});

test('of two people who decide at once one is heard, and the other is told by whom', async () => {
  const { runnerId, run } = await started();
  const { id } = await ask(run);
  const words = await Promise.allSettled([
    decide(id, { decision: 'allow' }, 'ann'),
    decide(id, { decision: 'deny' }, 'bob'),
  ]);
  expect(words.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const { state, decidedBy } = await approvals.get(org.id, id);
  const late = state === 'allowed' ? ({ decision: 'deny' } as const) : ({ decision: 'allow' } as const);
  await expect(decide(id, late, 'eve')).rejects.toMatchObject({
    code: 'APPROVAL_CLOSED',
    message: `It was already ${state} by ${decidedBy}`,
  });
  expect((await claim(runnerId, { slots: 0 })).commands).toHaveLength(1);
  expect(await waitingOn(run)).toBe(0);
});

test('a decision said twice by the same key is the same', async () => {
  const { run } = await started();
  const { id } = await ask(run);
  const first = await decide(id, { decision: 'deny', reason: 'no' });
  expect(await decide(id, { decision: 'deny', reason: 'no' })).toEqual(first);
});

test('another person who decides the same is told who did before, and whose word it is stays', async () => {
  const { runnerId, run } = await started();
  for (const [decision, state] of [
    ['allow', 'allowed'],
    ['deny', 'denied'],
  ] as const) {
    const { id } = await ask(run, { requestId: decision });
    const first = await decide(id, { decision }, 'ann');
    await expect(decide(id, { decision }, 'bob')).rejects.toMatchObject({
      code: 'APPROVAL_CLOSED',
      message: `It was already ${state} by ann`,
    });
    expect(await approvals.get(org.id, id)).toEqual(first);
  }
  expect((await claim(runnerId, { slots: 0 })).commands).toHaveLength(2);
});

test.each<[string, typeof DecideApproval._zod.input, typeof DecideApproval._zod.input]>([
  ['for the session', { decision: 'allow' }, { decision: 'allow', forSession: true }],
  ['another reason', { decision: 'deny', reason: 'no' }, { decision: 'deny', reason: 'not yet' }],
  [
    'other answers',
    { decision: 'allow', answers: { Which: 'this' } },
    { decision: 'allow', answers: { Which: 'that' } },
  ],
])('a decision that is said again with %s is refused: it came too late', async (_what, decision, other) => {
  const { run } = await started();
  const { id } = await ask(run);
  const first = await decide(id, decision);
  await expect(decide(id, other)).rejects.toMatchObject({ code: 'APPROVAL_CLOSED' });
  expect(await decide(id, decision)).toEqual(first);
});

test('past its time nobody can allow it any more, and its runner is told that it expired', async () => {
  const { run } = await started();
  const { id } = await ask(run);
  await timeIsUp(id);
  expect(await approvals.get(org.id, id)).toMatchObject({ state: 'expired' });
  await expect(decide(id, { decision: 'allow' })).rejects.toMatchObject({ code: 'APPROVAL_CLOSED' });
  expect(await ask(run)).toMatchObject({ id, state: 'expired', decision: null });
  expect(await waitingOn(run)).toBe(0);
});

test('a session that goes on without it withdraws it, also before it was ever asked', async () => {
  const { run } = await started();
  const { id } = await ask(run);
  expect(await ask(run, { withdrawn: true })).toMatchObject({ id, state: 'withdrawn' });
  expect(await ask(run, { requestId: 'request-2', withdrawn: true })).toMatchObject({ state: 'withdrawn' });
  expect(await waitingOn(run)).toBe(0);
  await expect(decide(id, { decision: 'allow' })).rejects.toMatchObject({ code: 'APPROVAL_CLOSED' });
});

test('what a session waited for when it ended counts as withdrawn', async () => {
  const { run } = await started();
  const { id } = await ask(run);
  await org.queue.finish(org.id, run.id, finishOf(run));
  expect(await approvals.get(org.id, id)).toMatchObject({ state: 'withdrawn' });
  expect(await waitingOn(run)).toBe(0);
  await expect(decide(id, { decision: 'allow' })).rejects.toMatchObject({ code: 'APPROVAL_CLOSED' });
  await expect(ask(run, { requestId: 'request-2' })).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
});

test('a retried session begins with none, and what its lost attempt waited for stays withdrawn', async () => {
  await launch({ retry: { maxAttempts: 2 } });
  const lost = await claimOne(await runner());
  await org.queue.start(org.id, lost.id, { token: lost.token });
  const { id } = await ask(lost);
  await expireLeases();
  await org.queue.sweep();
  const next = await claimOne(await runner());
  expect(next.id).toBe(lost.id);
  await org.queue.start(org.id, next.id, { token: next.token });
  expect(await waitingOn(next)).toBe(0);
  await expect(ask(lost, { requestId: 'request-2' })).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  await expect(decide(id, { decision: 'allow' })).rejects.toMatchObject({ code: 'APPROVAL_CLOSED' });
  await ask(next);
  // Said again, as a network may do: the session that waits is still counted.
  await org.queue.start(org.id, next.id, { token: next.token });
  expect(await waitingOn(next)).toBe(1);
});

test('cancelling a session that was decided about still asks its runner to end it', async () => {
  const { runnerId, run } = await started();
  const { id } = await ask(run);
  await decide(id, { decision: 'allow' });
  await org.queue.cancel(org.id, run.id);
  const { commands } = await claim(runnerId, { slots: 0 });
  expect(commands.map(({ kind }) => kind).sort()).toEqual(['cancel', 'decision']);
});

test('the list is newest first, by run and by state, in pages, and of one org alone', async () => {
  const { run } = await started();
  const ids: string[] = [];
  for (const requestId of ['a', 'b', 'c']) ids.push((await ask(run, { requestId })).id);
  // Those of one ms have no order among them but that of their ids.
  ids.sort().reverse();
  await decide(ids[1] ?? '', { decision: 'deny' });
  const { data, nextCursor } = await approvals.list(org.id, { limit: 2 });
  expect(data.map(({ id, state }) => [id, state])).toEqual([
    [ids[0], 'waiting'],
    [ids[1], 'denied'],
  ]);
  const rest = await approvals.list(org.id, { limit: 2, cursor: nextCursor ?? '' });
  expect(rest).toMatchObject({ data: [{ id: ids[2] }], nextCursor: null });
  const waiting = await approvals.list(org.id, { limit: 50, state: 'waiting', runId: run.id });
  expect(waiting.data.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
  expect(await approvals.list('org_another0000000000', { limit: 50 })).toEqual({
    data: [],
    nextCursor: null,
  });
  await expect(approvals.get('org_another0000000000', ids[0] ?? '')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(approvals.list(org.id, { limit: 2, cursor: 'nonsense' })).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
  });
});
