import type { Event } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import type { JournalEntry } from '../src/testing/journal.js';
import { check, type Evidence } from './faults/invariants.js';
import { planRound } from './faults/plan.js';
import { runSuite } from './faults/suite.js';

test('a fleet of real processes keeps its promises while it is being broken', async () => {
  const said: string[] = [];
  const { played, failed } = await runSuite({
    seeds: [20_261_124],
    rounds: 4,
    mostMs: 12_000,
    say: (line) => said.push(line),
  });
  expect(failed, said.join('\n')).toEqual([]);
  expect(played).toBeGreaterThan(0);
}, 180_000);

test('a seed and a round plan the same every time, and another round plans another', () => {
  expect(planRound(7, 3)).toEqual(planRound(7, 3));
  expect(planRound(7, 3)).not.toEqual(planRound(7, 4));
});

const input = JSON.stringify({ tag: 't', events: 1, gapMs: 0, end: 'SUCCEEDED', costUsd: 0.5 });
const noted = (at: number, entry: object) =>
  ({ at, runId: 'clr1', token: 'att_1', ...entry }) as JournalEntry;
const step = (before: string | null, after: string, at: number) => ({
  run_id: 'clr1',
  before,
  after,
  failure: null,
  becomes: null,
  renewed: null,
  at,
});
const session = (nonce: string, at: number) =>
  noted(at, { type: 'session', nonce, cwd: '/code', resumeSessionId: null, agentSessionId: nonce });

/** One run that went as it should. */
function aGoodRound(): Evidence {
  const run = {
    id: 'clr1',
    status: 'SUCCEEDED',
    input,
    parent_run_id: null,
    runner_id: 'run_1',
    cwd: '/code',
    shared_cwd: false,
    max_attempts: 1,
    attempt: 1,
    attempt_token: 'att_1',
    agent_session_id: 's',
    lease_expires_at: null,
    cancel_requested_at: null,
    last_seq: 1,
    cost_usd: 0.5,
    input_tokens: 1,
    result: 'done s',
    failure_code: null,
    approvals_waiting: 0,
  };
  const finished = { status: 'SUCCEEDED', failure: null, costUsd: 0.5, inputTokens: 1, result: 'done s' };
  return {
    truth: {
      runs: [run],
      attempts: [{ token: 'att_1', run_id: 'clr1', number: 1, outcome: 'finished', started: true }],
      events: [{ run_id: 'clr1', seq: 1, kind: 'assistant', message: 's 1' }],
      approvals: [
        { id: 'apr_1', run_id: 'clr1', token: 'att_1', request_id: 's use 1', state: 'allowed' },
        { id: 'apr_2', run_id: 'clr1', token: 'att_1', request_id: 's use 2', state: 'expired' },
      ],
      steps: [
        step(null, 'QUEUED', 0),
        step('QUEUED', 'CLAIMED', 10),
        step('CLAIMED', 'RUNNING', 20),
        step('RUNNING', 'SUCCEEDED', 900),
      ],
    },
    told: [
      {
        tag: 't',
        input,
        run: { id: 'clr1' } as never,
        refusal: undefined,
        parentTag: undefined,
        cancelled: false,
        seen: [{ seq: 1, message: 's 1' } as Event],
      },
    ],
    decided: [
      { id: 'apr_1', decision: 'allow', status: 200, text: '' },
      { id: 'apr_1', decision: 'deny', status: 409, text: 'APPROVAL_CLOSED' },
    ],
    lives: [
      {
        runner: 'run_1',
        diedAt: Number.POSITIVE_INFINITY,
        frozen: [],
        notes: [
          noted(15, { type: 'claimed' }),
          session('s', 30),
          noted(40, { type: 'event', seq: 1, message: 's 1' }),
          noted(50, { type: 'acknowledged', lastSeq: 1 }),
          noted(60, { type: 'permitted', nonce: 's', use: 's use 1', allow: true }),
          noted(70, { type: 'permitted', nonce: 's', use: 's use 2', allow: false }),
          noted(800, { type: 'over', nonce: 's' }),
          noted(910, { type: 'finished', ...finished }),
        ],
      },
    ],
    logged: [],
    troubles: [],
    absences: [],
  };
}

test('a round that went well breaks no rule', () => {
  expect(check(aGoodRound())).toEqual([]);
});

test.each<[string, (evidence: Evidence) => void, RegExp]>([
  ['a run that is gone', ({ truth }) => truth.runs.splice(0), /is there 0 times/],
  [
    'a run that is there twice',
    ({ truth: { runs } }) => runs.push(...runs.map((run) => ({ ...run, id: 'clr2' }))),
    /is there 2 times/,
  ],
  [
    'a run that still runs',
    ({ truth }) => Object.assign(truth.runs[0] ?? {}, { status: 'RUNNING' }),
    /is RUNNING/,
  ],
  [
    'a tool that was used although nobody allowed it',
    ({ truth, decided }) => {
      Object.assign(truth.approvals[0] ?? {}, { state: 'expired' });
      decided.splice(0);
    },
    /is expired, and was used/,
  ],
  ['a tool that nobody was asked about', ({ truth }) => truth.approvals.splice(0, 1), /nobody was asked/],
  [
    'two words that both count',
    ({ decided }) => Object.assign(decided[1] ?? {}, { status: 200 }),
    /is allowed, deny was taken/,
  ],
  ['an allowance that nobody gave', ({ decided }) => decided.splice(0), /which nobody said/],
  [
    'a word that never reached the session',
    ({ lives }) => lives[0]?.notes.splice(4, 1),
    /the session that went well was not told/,
  ],
  [
    'a count of what waits that is wrong',
    ({ truth }) => Object.assign(truth.runs[0] ?? {}, { approvals_waiting: 1 }),
    /counts 1 that wait/,
  ],
  ['a step that skips the start', ({ truth }) => truth.steps.splice(1, 2), /went from null|unseen|QUEUED/],
  [
    'a second execution at the same time',
    ({ lives }) => lives[0]?.notes.push(session('s2', 100), noted(300, { type: 'over', nonce: 's2' })),
    /twice at once/,
  ],
  ['an execution after the end', ({ lives }) => lives[0]?.notes.push(session('s2', 2_000)), /after its end/],
  ['an acknowledged event that is gone', ({ truth }) => truth.events.splice(0), /0 events/],
  [
    'an acknowledged event that became another',
    ({ truth }) => Object.assign(truth.events[0] ?? {}, { message: 's 2' }),
    /stored is/,
  ],
  [
    'a cost that nobody named',
    ({ truth }) => Object.assign(truth.runs[0] ?? {}, { cost_usd: 0.6 }),
    /its runner said/,
  ],
  ['a success that nobody reported', ({ lives }) => lives[0]?.notes.pop(), /no runner was told/],
  ['a watcher who missed an event', ({ told }) => told[0]?.seen?.pop(), /a watcher saw 0/],
  [
    'a fault in a server’s log',
    ({ logged }) => logged.push('{"err":{"message":"deadlock detected"}}'),
    /deadlock/,
  ],
  [
    'a session that was given up while it went on',
    ({ truth }) =>
      truth.steps.splice(
        3,
        1,
        { ...step('RUNNING', 'RUNNING', 300), renewed: 100 },
        { ...step('RUNNING', 'FAILED', 400), becomes: 'runner_lost' },
        { ...step('FAILED', 'SUCCEEDED', 900), failure: 'runner_lost' },
      ),
    /given up 5100 ms before its time/,
  ],
  [
    'a session that is out of reach because no server was there',
    ({ truth, absences }) => {
      absences.push({ from: 50, until: 5_000 });
      truth.steps.splice(
        3,
        1,
        { ...step('RUNNING', 'RUNNING', 5_100), renewed: 40 },
        step('RUNNING', 'SUCCEEDED', 5_200),
      );
    },
    /out of reach 100 ms after no server/,
  ],
])('the rules see %s', (_what, spoil, sentence) => {
  const evidence = aGoodRound();
  spoil(evidence);
  expect(check(evidence).join('\n')).toMatch(sentence);
});
