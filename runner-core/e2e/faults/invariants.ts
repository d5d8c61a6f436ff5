import { resultOf, SessionScript } from '../../src/testing/fault-session.js';
import type { JournalEntry } from '../../src/testing/journal.js';
import { checkApprovals } from './approval-invariants.js';
import type { Decided } from './deciders.js';
import type { Span } from './fault-fleet.js';
import type { AttemptRow, EventRow, RunRow, Step, Truth } from './history.js';
import type { Told } from './people.js';
import { runnerSlots } from './plan.js';
import { checkReach } from './reach-invariants.js';

/** Everything that is known of a round once it has come to rest. */
export interface Evidence {
  truth: Truth;
  told: Told[];
  decided: Decided[];
  /** The processes of the runners: whose they are, what they noted, and when they died. */
  lives: { runner: string; notes: JournalEntry[]; diedAt: number; frozen: Span[] }[];
  /** Lines of the servers' logs. */
  logged: string[];
  troubles: string[];
  /** When no server was there. */
  absences: Span[];
}

type Note<Type> = Extract<JournalEntry, { type: Type }>;

/** A session as it was executed. */
interface Session extends Note<'session'> {
  runner: string;
  /** When it was over, or its process dead. */
  until: number;
  /** Its process was killed while it ran. */
  killed: boolean;
  /** Until when it was sure to be alone: a process that stands still cannot stop its session. */
  ownUntil: number;
}

/** How much the clocks of two processes, or what they note, may be apart, ms. */
const slackMs = 60;

const finals = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** @returns a sentence for everything that is not as it must be */
export function check(evidence: Evidence): string[] {
  const { truth, told } = evidence;
  const wrong: string[] = [...evidence.troubles, ...unexpectedFaults(evidence.logged)];
  const sessions = sessionsOf(evidence);
  for (const one of told) wrong.push(...checkPosted(one, truth.runs));
  const known = new Set(told.map(({ input }) => input));
  for (const run of truth.runs) {
    if (!known.has(run.input)) wrong.push(`${run.id} was posted by nobody`);
    const about = {
      run,
      told: told.find(({ input }) => input === run.input),
      parent: truth.runs.find(({ id }) => id === run.parent_run_id),
      sessions: sessions.filter(({ runId }) => runId === run.id),
      events: truth.events.filter(({ run_id }) => run_id === run.id),
      steps: truth.steps.filter(({ run_id }) => run_id === run.id),
      attempts: truth.attempts.filter(({ run_id }) => run_id === run.id),
      evidence,
    };
    for (const rule of rules) wrong.push(...rule(about).map((what) => `${run.id}: ${what}`));
  }
  wrong.push(...checkRunners(sessions, truth.runs), ...checkApprovals(evidence));
  return wrong;
}

interface About {
  run: RunRow;
  told: Told | undefined;
  parent: RunRow | undefined;
  sessions: Session[];
  events: EventRow[];
  steps: Step[];
  attempts: AttemptRow[];
  evidence: Evidence;
}

const rules: ((about: About) => string[])[] = [
  everyStepIsLegal,
  executedAsOftenAsAllowed,
  logIsWhole,
  acknowledgedIsStored,
  endIsTrue,
  threadIsInOrder,
  watchersSawAll,
  ({ run, steps, evidence }) => checkReach(run, steps, evidence),
];

/** Nothing that was accepted is lost, nothing is there twice however often it was posted. */
function checkPosted({ tag, input, run, refusal, parentTag }: Told, runs: RunRow[]): string[] {
  const rows = runs.filter((row) => row.input === input);
  if (run)
    return rows.length === 1 && rows[0]?.id === run.id
      ? []
      : [`${tag} was posted once and is there ${rows.length} times`];
  if (parentTag !== undefined && refusal?.includes('NO_SESSION_TO_RESUME'))
    return rows.length === 0 ? [] : [`${tag} was refused and is there`];
  return [`${tag} was refused: ${refusal}`];
}

function everyStepIsLegal({ run, steps, told }: About): string[] {
  const wrong: string[] = [];
  if (!finals.includes(run.status)) wrong.push(`is ${run.status}`);
  if (run.lease_expires_at !== null) wrong.push('has a lease after its end');
  let before: string | null = null;
  for (const step of steps) {
    if (step.before !== before) wrong.push(`went from ${before} to ${step.before} unseen`);
    if (!isLegal(step, run, told)) wrong.push(`went from ${step.before} (${step.failure}) to ${step.after}`);
    before = step.after;
  }
  if (before !== run.status) wrong.push(`is ${run.status}, was seen to become ${before}`);
  return wrong;
}

function isLegal({ before, after, failure }: Step, run: RunRow, told: Told | undefined): boolean {
  const mayRunAgain = run.max_attempts > 1;
  const wasLost = failure === 'runner_lost' || (before === 'CANCELLED' && told?.cancelled === true);
  switch (before) {
    case null:
      // One that finds the queue empty may be stored as claimed by a runner that waits.
      return after === 'QUEUED' || after === 'CLAIMED';
    case 'QUEUED':
      // A lost run that may run again can still be ended by the runner that had it, while nobody else has.
      return (
        after === 'CLAIMED' ||
        after === 'CANCELLED' ||
        after === 'FAILED' ||
        (after === 'SUCCEEDED' && mayRunAgain)
      );
    case 'CLAIMED':
      return after === 'RUNNING' || after === 'QUEUED' || after === 'CANCELLED' || after === 'FAILED';
    case 'RUNNING':
      // It is out of reach, or back.
      if (after === 'RUNNING') return true;
      return finals.includes(after) || (after === 'QUEUED' && mayRunAgain);
    default:
      return wasLost && finals.includes(after);
  }
}

/** At most once by itself after the start, and never twice at once. */
function executedAsOftenAsAllowed({ run, sessions, attempts, steps }: About): string[] {
  const wrong: string[] = [];
  if (sessions.length > run.max_attempts)
    wrong.push(`was executed ${sessions.length} times of ${run.max_attempts}`);
  const begun = attempts.filter(({ started }) => started).length;
  if (sessions.length > begun) wrong.push(`was executed ${sessions.length} times, started ${begun} times`);
  for (const [one, other] of pairs(sessions)) {
    if (overlap(alone(one), alone(other)))
      wrong.push(`was executed twice at once, on ${one.runner} and ${other.runner}`);
  }
  const end = steps.at(-1)?.at ?? 0;
  for (const { at } of sessions) if (at > end + slackMs) wrong.push('was executed after its end');
  if (attempts.filter(({ outcome }) => outcome === 'finished').length > 1) wrong.push('was finished twice');
  if (attempts.some(({ number }, index) => number !== index + 1))
    wrong.push('has attempts that are not 1, 2, …');
  if (attempts.some(({ outcome }) => outcome === null)) wrong.push('has an attempt without an outcome');
  return wrong;
}

/** Numbered from 1 on without a gap, each session's lines together and in its order. */
function logIsWhole({ run, events, sessions }: About): string[] {
  const wrong: string[] = [];
  if (events.length !== run.last_seq)
    wrong.push(`has ${events.length} events, the newest being ${run.last_seq}`);
  if (events.some(({ seq }, index) => seq !== index + 1)) wrong.push('has a gap in its log');
  const said = new Map<string, number>();
  let speaking = '';
  for (const { kind, message } of events) {
    if (kind !== 'assistant') continue;
    const [nonce = '', nth] = message.split(' ');
    if (!sessions.some((session) => session.nonce === nonce))
      wrong.push(`has a line of no session: ${message}`);
    if (Number(nth) !== (said.get(nonce) ?? 0) + 1)
      wrong.push(`has “${message}” after ${said.get(nonce) ?? 0}`);
    if (nonce !== speaking && said.has(nonce)) wrong.push('has the lines of two sessions mixed');
    said.set(nonce, Number(nth));
    speaking = nonce;
  }
  return wrong;
}

function acknowledgedIsStored({ run, events, evidence }: About): string[] {
  const wrong: string[] = [];
  const notes = evidence.lives.flatMap((life) => life.notes);
  const acknowledged = new Map<string, number>();
  for (const note of notes) {
    if (note.type !== 'acknowledged' || note.runId !== run.id) continue;
    acknowledged.set(note.token, Math.max(acknowledged.get(note.token) ?? 0, note.lastSeq));
  }
  for (const [, lastSeq] of acknowledged)
    if (lastSeq > run.last_seq)
      wrong.push(`was acknowledged up to ${lastSeq}, the log ends at ${run.last_seq}`);
  for (const note of notes) {
    if (note.type !== 'event' || note.runId !== run.id || note.seq > (acknowledged.get(note.token) ?? 0))
      continue;
    const stored = events[note.seq - 1]?.message;
    if (stored !== note.message) wrong.push(`event ${note.seq} was “${note.message}”, stored is “${stored}”`);
  }
  return wrong;
}

/** The run ended as its last attempt did, with its cost; what nobody knows is said to be lost. */
function endIsTrue({ run, told, sessions, evidence, attempts }: About): string[] {
  const notes = evidence.lives.flatMap((life) => life.notes);
  const finished = notes.find(
    (note): note is Note<'finished'> => note.type === 'finished' && note.token === run.attempt_token,
  );
  const stored = JSON.stringify([run.status, run.failure_code, run.cost_usd, run.input_tokens, run.result]);
  if (finished) {
    const { status, failure, costUsd, inputTokens, result } = finished;
    const truly = JSON.stringify([status, failure, costUsd, inputTokens, result]);
    const wrong = stored === truly ? [] : [`ended ${stored}, its runner said ${truly}`];
    if (status !== 'SUCCEEDED') return wrong;
    const script = SessionScript.parse(JSON.parse(run.input));
    if (script.end !== 'SUCCEEDED' || costUsd !== script.costUsd)
      wrong.push(`ended ${stored}, unlike its script`);
    if (!sessions.some(({ nonce }) => result === resultOf(nonce))) wrong.push('has the result of no session');
    return wrong;
  }
  const lastAttempt = attempts.at(-1);
  const life = evidence.lives.find(({ notes: own }) =>
    own.some((note) => note.type === 'claimed' && note.token === lastAttempt?.token),
  );
  switch (run.status) {
    case 'SUCCEEDED':
      return ['succeeded, but no runner was told so'];
    case 'CANCELLED':
      return told?.cancelled ? [] : ['was cancelled by nobody'];
    default:
      if (run.failure_code === 'no_session_to_resume') return run.parent_run_id ? [] : ['is no follow-up'];
      if (run.failure_code !== 'runner_lost')
        return [`failed with ${run.failure_code}, which no runner said`];
      // It is lost with its process, or before its session began.
      return life && life.diedAt === Number.POSITIVE_INFINITY && sessions.length > 0
        ? ['counts as lost, but its runner lives']
        : [];
  }
}

function threadIsInOrder({ run, parent, sessions, evidence }: About): string[] {
  if (!parent) return [];
  const before = sessionsOf(evidence).filter(({ runId }) => runId === parent.id);
  const wrong: string[] = [];
  for (const session of sessions) {
    if (session.resumeSessionId === null || session.resumeSessionId !== parent.agent_session_id)
      wrong.push(`resumed ${session.resumeSessionId}, its parent’s session is ${parent.agent_session_id}`);
    for (const earlier of before)
      if (overlap(session, earlier)) wrong.push('was executed while its parent was');
  }
  if (sessions.length > 0 && sessions.some(({ agentSessionId }) => agentSessionId !== run.agent_session_id))
    wrong.push(`is of session ${run.agent_session_id}`);
  return wrong;
}

function watchersSawAll({ told, events }: About): string[] {
  if (!told?.seen) return [];
  const seen = told.seen.map(({ seq, message }) => `${seq} ${message}`);
  const stored = events.map(({ seq, message }) => `${seq} ${message}`);
  return seen.join('\n') === stored.join('\n')
    ? []
    : [`a watcher saw ${seen.length} events, stored are ${stored.length}`];
}

/** One session at a time in a directory of a machine, unless both share it; never more than it takes at once. */
function checkRunners(sessions: Session[], runs: RunRow[]): string[] {
  const wrong: string[] = [];
  const shares = (session: Session) => runs.find(({ id }) => id === session.runId)?.shared_cwd === true;
  for (const [one, other] of pairs(sessions)) {
    if (one.runner !== other.runner || one.cwd !== other.cwd || !overlap(one, other)) continue;
    if (shares(one) && shares(other)) continue;
    wrong.push(`${one.runId} and ${other.runId} were executed in one directory at once`);
  }
  for (const session of sessions) {
    const beside = sessions.filter(
      (other) =>
        other.runner === session.runner && other.at <= session.at && other.until > session.at + slackMs,
    );
    if (beside.length > runnerSlots)
      wrong.push(`${session.runner} executed ${beside.length} sessions at once`);
  }
  return wrong;
}

function sessionsOf({ lives }: Evidence): Session[] {
  return lives.flatMap(({ runner, notes, diedAt, frozen }) =>
    notes.flatMap((note) => {
      if (note.type !== 'session') return [];
      const over = notes.find((other) => other.type === 'over' && other.nonce === note.nonce);
      const until = over?.at ?? diedAt;
      const still = frozen.find((span) => span.from < until && span.until > note.at);
      return [
        {
          ...note,
          runner,
          until,
          killed: over === undefined,
          ownUntil: Math.min(until, still?.from ?? until),
        },
      ];
    }),
  );
}

const alone = (session: Session): Session => ({ ...session, until: session.ownUntil });

const overlap = (one: Session, other: Session) =>
  one.at < other.until - slackMs && other.at < one.until - slackMs;

function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other): [Item, Item] => [one, other]));
}

/** What a server logs while its database is away is no surprise; everything else is. */
function unexpectedFaults(logged: string[]): string[] {
  return logged.filter((line) => !isOutage(line)).map((line) => `a server logged ${line.slice(0, 600)}`);
}

const outage =
  /ECONNREFUSED|ECONNRESET|EPIPE|57P0\d|Connection terminated|connection is closed|timeout exceeded|read timeout|Connection ended|Client has encountered a connection error|server (has )?closed the connection|"P10(01|02|08|17)"|terminating connection|Can't reach database|starting up|not queryable|"trouble":"away"|Waiting for the database/i;

function isOutage(line: string): boolean {
  return outage.test(line);
}
