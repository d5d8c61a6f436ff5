import { hash } from 'node:crypto';
import { CreateRun, type Event, eventDigestInput, type RegisterRunner } from '@agentfleet/contract';
import * as fc from 'fast-check';
import type { Database } from '../../db/database.js';
import { ApiError } from '../../errors.js';
import type { EventLog } from '../../eventlog/eventlog.js';
import type { Queue } from '../queue.js';
import type { ModelAttempt, ModelRun, ModelRunner, QueueModel, Refusal } from './queue-model.js';

/** Two servers on one database, and what the model's things are called there. */
export interface Real {
  orgId: string;
  databases: readonly Database[];
  queues: readonly Queue[];
  logs: readonly EventLog[];
}

const directories = ['/code/a', '/code/b', '/code/c'];
const patient = new AbortController().signal;
const at = '2026-11-24T10:00:00.000Z';

/** One step: what the model does, what the real one does, and that both say the same. */
abstract class Step implements fc.AsyncCommand<QueueModel, Real> {
  /** Which server is asked. */
  readonly server: number;
  readonly picks: readonly number[];

  constructor(server: number, ...picks: number[]) {
    this.server = server;
    this.picks = picks;
  }

  check(model: Readonly<QueueModel>): boolean {
    return this.works(model);
  }

  async run(model: QueueModel, real: Real): Promise<void> {
    const queue = real.queues[this.server % real.queues.length];
    const log = real.logs[this.server % real.logs.length];
    const database = real.databases[this.server % real.databases.length];
    if (!queue || !log || !database) throw new Error('There is no server');
    await this.take(model, { queue, log, database, orgId: real.orgId });
    await sameRuns(model, database, real.orgId);
  }

  toString(): string {
    return `${this.constructor.name}(${[this.server, ...this.picks].join(', ')})`;
  }

  /** Whether there is something to do it to. */
  protected abstract works(model: Readonly<QueueModel>): boolean;
  protected abstract take(model: QueueModel, on: On): Promise<void>;

  protected pick<Item>(items: readonly Item[], which = 0): Item {
    const item = items[(this.picks[which] ?? 0) % items.length];
    if (item === undefined) throw new Error('There is nothing to pick from');
    return item;
  }
}

interface On {
  queue: Queue;
  log: EventLog;
  database: Database;
  orgId: string;
}

class RegisterAgain extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const runner = this.pick(model.runners);
    const { id } = await queue.register(orgId, machineOf(runner));
    same(id, runner.id, 'a machine that registers again');
    runner.deleted = false;
  }
}

class Enqueue extends Step {
  protected works = () => true;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const [where = 0, flags = 0, priority = 0, attempts = 0] = this.picks;
    const pinnedTo = flags % 4 === 3 && model.runners.length > 0 ? this.pick(model.runners) : undefined;
    const directory = directories[where % directories.length] ?? '';
    const request = CreateRun.parse({
      prompt: 'do it',
      cwd: directory,
      sharedCwd: flags % 2 === 0,
      priority: (priority % 3) - 1,
      retry: { maxAttempts: 1 + (attempts % 3) },
      ...(flags % 5 === 4 && { queueTtlSec: 3_600 }),
      ...(pinnedTo && { runnerId: pinnedTo.id }),
    });
    const answer = await outcomeOf(queue.enqueue(orgId, request));
    same(answer.refusal, pinnedTo?.deleted ? 'NOT_FOUND' : undefined, 'a run that is posted');
    if (!answer.value) return;
    const { id } = answer.value;
    model.runs.push({
      ...fresh(model, id),
      threadId: id,
      pinnedTo,
      runner: pinnedTo,
      directory,
      sharedCwd: request.sharedCwd,
      priority: request.priority,
      maxAttempts: request.retry.maxAttempts,
      hasTtl: request.queueTtlSec !== undefined,
    });
  }
}

class FollowUp extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runs.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const parent = this.pick(model.runs);
    const answer = await outcomeOf(queue.followUp(orgId, parent.id, { prompt: 'next' }));
    same(answer.refusal, model.mayFollowUp(parent), 'a follow-up');
    if (!answer.value) return;
    const { threadId, directory, sharedCwd, priority, maxAttempts, hasTtl } = parent;
    const inherited = { threadId, directory, sharedCwd, priority, maxAttempts, hasTtl };
    const { runner } = parent;
    model.runs.push({
      ...fresh(model, answer.value.id),
      ...inherited,
      parent,
      pinnedTo: runner,
      runner,
      ready: false,
    });
    model.advance(threadId);
  }
}

class Claim extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const runner = this.pick(model.runners);
    const slots = (this.picks[1] ?? 0) % 4;
    // Now and then the answer to an earlier claim never arrived.
    const forgets = (this.picks[2] ?? 0) % 3 === 0;
    const own = model.runs.filter((run) => run.runner === runner && run.status === 'CLAIMED');
    const held = forgets ? [] : own.flatMap((run) => run.attempts.at(-1) ?? []);
    const answer = await outcomeOf(
      queue.claim(orgId, runner.id, { ...idle, leases: held.map(leaseOf), slots, waitSec: 0 }, patient),
    );
    same(answer.refusal, runner.deleted ? 'NOT_FOUND' : undefined, 'a claim');
    if (!answer.value) return;
    const { runs } = answer.value;
    model.heartbeat(runner, held);
    const again = forgets ? own : [];
    for (const run of again) run.leaseRanOut = false;
    const expected = model.claimable(runner, Math.max(0, slots - again.length));
    same(
      runs.map(({ id }) => id).sort(),
      [...again, ...expected].map(({ id }) => id).sort(),
      'a claim takes',
    );
    for (const { id, token, lastSeq, attempt } of runs) {
      const run = model.runs.find((one) => one.id === id);
      if (!run) throw new Error('It was not posted');
      if (again.includes(run)) same(token, run.attempts.at(-1)?.token, 'what is given again');
      else model.claimed(run, runner, token);
      same([attempt, lastSeq], [run.attempts.length, run.attempts.at(-1)?.firstSeq], 'what a claim says');
    }
  }
}

class Start extends Step {
  protected works = (model: Readonly<QueueModel>) => model.attempts.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const attempt = recent(model, this.picks);
    const answer = await outcomeOf(queue.start(orgId, attempt.run.id, { token: attempt.token }));
    same(answer.refusal, model.start(attempt), 'a start');
  }
}

class Append extends Step {
  protected works = (model: Readonly<QueueModel>) => model.attempts.length > 0;
  protected async take(model: QueueModel, { log, orgId }: On) {
    const attempt = recent(model, this.picks);
    const { run, token } = attempt;
    const [, , shift = 0, count = 0, other = 0] = this.picks;
    const first = Math.max(1, run.log.length + 1 + ([0, 0, 0, -1, -2, 1][shift % 6] ?? 0));
    const differs = other % 5 === 4;
    const messages = Array.from({ length: 1 + (count % 3) }, (_item, index) => {
      const stored = run.log[first + index - 1];
      return stored !== undefined && !differs
        ? stored
        : `${token.slice(4, 12)} ${first + index}${differs ? '!' : ''}`;
    });
    const events = messages.map((message, index) => eventOf(first + index, message));
    const answer = await outcomeOf(log.append(orgId, run.id, { token, events }));
    same(answer.refusal, model.append(attempt, first, messages), 'an append');
    if (answer.value) same(answer.value.lastSeq, run.log.length, 'an append says');
  }
}

class Finish extends Step {
  protected works = (model: Readonly<QueueModel>) => model.attempts.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const attempt = recent(model, this.picks);
    const { run, token } = attempt;
    const [, , wrong = 0, how = 0] = this.picks;
    const status = (['SUCCEEDED', 'FAILED', 'CANCELLED'] as const)[how % 3] ?? 'SUCCEEDED';
    const lastSeq = Math.max(0, run.log.length + ([0, 0, 0, 0, 1, -1][wrong % 6] ?? 0));
    const isSumRight = wrong % 7 !== 6;
    const own = run.log.map((message, index) => eventOf(index + 1, message)).slice(attempt.firstSeq);
    const sum = own.reduce((total, event) => total + digestOf(event), 0);
    const session = how % 2 === 0 ? `session-${run.place}` : undefined;
    const answer = await outcomeOf(
      queue.finish(orgId, run.id, {
        token,
        status,
        failure: status === 'FAILED' ? { code: 'agent_error', message: 'no' } : null,
        agentSessionId: session ?? null,
        result: null,
        numTurns: null,
        costUsd: null,
        usage: null,
        finishedAt: at,
        lastSeq,
        logChecksum: isSumRight ? sum : sum + 1,
      }),
    );
    same(answer.refusal, model.finish(attempt, { status, lastSeq, isSumRight, session }), 'a finish');
  }
}

class Heartbeat extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const [, which = 0] = this.picks;
    // One attempt that there ever was, by its runner; or some, perhaps not its own.
    const single = which % 2 === 0 ? model.attempts[which % model.attempts.length] : undefined;
    const runner = single?.runner ?? this.pick(model.runners);
    const held = single
      ? [single]
      : model.attempts.filter((_attempt, index) => (which >> (index % 12)) % 2 === 1);
    const answer = await outcomeOf(queue.heartbeat(orgId, runner.id, { ...idle, leases: held.map(leaseOf) }));
    same(answer.refusal, runner.deleted ? 'NOT_FOUND' : undefined, 'a heartbeat');
    if (!answer.value) return;
    const stale = model.heartbeat(runner, held).map(({ id }) => id);
    same([...answer.value.stale].sort(), stale.sort(), 'a heartbeat stops');
  }
}

class LoseLease extends Step {
  protected works = (model: Readonly<QueueModel>) => active(model).length > 0;
  async take(model: QueueModel, { database }: On) {
    const run = this.pick(active(model));
    await database.prisma.run.update({ where: { id: run.id }, data: { leaseExpiresAt: new Date(0) } });
    run.leaseRanOut = true;
  }
}

class PassTimeToLive extends Step {
  protected works = (model: Readonly<QueueModel>) => waiting(model).length > 0;
  protected async take(model: QueueModel, { database }: On) {
    const run = this.pick(waiting(model));
    await database.prisma.run.update({ where: { id: run.id }, data: { queuedAt: new Date(0) } });
    run.ttlRanOut = true;
  }
}

class Sweep extends Step {
  protected works = () => true;
  async take(model: QueueModel, { queue }: On) {
    // Other orgs of this database have nothing that could be swept: each property begins a new one.
    same(await queue.sweep(), model.sweep(), 'a sweep changes');
    same(await queue.sweep(), 0, 'a second sweep changes');
  }
}

/** A runner that is gone for good: what so often follows one after the other that chance should not have to find it. */
class LoseRun extends Step {
  protected works = (model: Readonly<QueueModel>) => active(model).length > 0;
  protected async take(model: QueueModel, on: On) {
    await new LoseLease(this.server, ...this.picks).take(model, on);
    await new Sweep(this.server).take(model, on);
  }
}

class Cancel extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runs.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const run = this.pick(model.runs);
    const answer = await outcomeOf(queue.cancel(orgId, run.id));
    same(answer.refusal, model.cancel(run), 'a cancellation');
  }
}

class PauseOrResume extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const runner = this.pick(model.runners);
    const turn = runner.paused
      ? queue.resume(orgId, runner.id)
      : queue.pause(orgId, runner.id, { note: 'x' });
    const { refusal } = await outcomeOf(turn);
    same(refusal, runner.deleted ? 'NOT_FOUND' : undefined, 'a pause');
    if (refusal === undefined) runner.paused = !runner.paused;
  }
}

class RemoveRunner extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const runner = this.pick(model.runners);
    const isBusy = active(model).some((run) => run.runner === runner);
    const { refusal } = await outcomeOf(queue.removeRunner(orgId, runner.id));
    same(refusal, runner.deleted ? 'NOT_FOUND' : isBusy ? 'RUNNER_BUSY' : undefined, 'a removal');
    if (refusal === undefined) runner.deleted = true;
  }
}

/** The runners that there are from the beginning: what they cover overlaps in one directory. */
export async function registerRunners(model: QueueModel, { orgId, queues: [queue] }: Real): Promise<void> {
  for (const covered of [directories.slice(0, 2), directories.slice(1)]) {
    const runner: ModelRunner = {
      id: '',
      machineId: crypto.randomUUID(),
      directories: covered,
      slots: 2,
      paused: false,
      deleted: false,
    };
    runner.id = (await queue?.register(orgId, machineOf(runner)))?.id ?? '';
    model.runners.push(runner);
  }
}

function machineOf(runner: ModelRunner): RegisterRunner {
  return {
    machineId: runner.machineId,
    name: 'box',
    hostname: 'box',
    platform: 'linux',
    arch: 'x64',
    version: '0.1.0',
    agentVersion: null,
    directories: [...runner.directories],
    permissionModes: ['default'],
    maxConcurrentRuns: runner.slots,
  };
}

const number = fc.nat({ max: 9_999 });
const step = (Make: new (server: number, ...picks: number[]) => Step, picks = 1) =>
  fc
    .tuple(fc.nat({ max: 1 }), fc.array(number, { minLength: picks, maxLength: picks }))
    .map(([server, given]) => new Make(server, ...given));

/** Sequences of steps; what happens often in life is there more than once. */
export function steps(maxCommands: number) {
  const often = [step(Enqueue, 4), step(Claim, 3), step(Start, 2), step(Append, 5), step(Finish, 4)];
  const now = [
    step(LoseRun),
    step(LoseLease),
    step(Sweep, 0),
    step(Cancel),
    step(Heartbeat, 2),
    step(FollowUp),
  ];
  const seldom = [step(PassTimeToLive), step(PauseOrResume), step(RemoveRunner), step(RegisterAgain)];
  return fc.commands([...often, ...often, ...often, ...now, ...now, ...seldom], { maxCommands, size: 'max' });
}

const idle = { leases: [], acknowledged: [], draining: false };
const leaseOf = ({ run, token }: ModelAttempt) => ({ runId: run.id, token });
const active = ({ runs }: Readonly<QueueModel>) =>
  runs.filter(({ status }) => status === 'CLAIMED' || status === 'RUNNING');
const waiting = ({ runs }: Readonly<QueueModel>) =>
  runs.filter(({ status, ready, hasTtl }) => status === 'QUEUED' && ready && hasTtl);
const eventOf = (seq: number, message: string): Event => ({
  seq,
  kind: 'assistant',
  message,
  data: null,
  at,
});
const digestOf = (event: Event) => hash('sha256', eventDigestInput(event), 'buffer').readInt32BE(0);

/** Mostly one of the newest attempts, now and then any there ever was. */
function recent({ attempts }: Readonly<QueueModel>, [which = 0, age = 0]: readonly number[]): ModelAttempt {
  const from = age % 4 === 0 ? attempts : attempts.slice(-3);
  const attempt = from[which % from.length];
  if (!attempt) throw new Error('There is no attempt');
  return attempt;
}

function fresh(model: QueueModel, id: string): ModelRun {
  return {
    place: model.runs.length,
    id,
    threadId: id,
    parent: undefined,
    status: 'QUEUED',
    pinnedTo: undefined,
    runner: undefined,
    directory: '',
    sharedCwd: false,
    priority: 0,
    maxAttempts: 1,
    hasTtl: false,
    ready: true,
    attempts: [],
    log: [],
    leaseRanOut: false,
    ttlRanOut: false,
    cancelRequested: false,
    session: undefined,
    failure: undefined,
  };
}

async function outcomeOf<Value>(work: Promise<Value>): Promise<{ value?: Value; refusal: Refusal }> {
  try {
    return { value: await work, refusal: undefined };
  } catch (error) {
    if (error instanceof ApiError) return { refusal: error.code };
    throw error;
  }
}

/** Every run of the org, and its log, as the model has them. */
async function sameRuns(model: QueueModel, database: Database, orgId: string): Promise<void> {
  const stored = {
    name: 'model-runs',
    text: `SELECT r.id, r.status, r.runner_id AS "runnerId", r.attempt, r.last_seq AS "lastSeq", r.ready,
      r.failure_code AS failure, r.lease_expires_at IS NOT NULL AS leased,
      ARRAY(SELECT e.message FROM events e WHERE e.run_id = r.id ORDER BY e.seq) AS log
      FROM runs r WHERE r.org_id = $1 ORDER BY r.queue_order`,
  };
  const expected = model.runs.map((run) => ({
    id: run.id,
    status: run.status,
    runnerId: run.runner?.id ?? null,
    attempt: run.attempts.length,
    lastSeq: run.log.length,
    ready: run.ready,
    failure: run.failure ?? null,
    leased: run.status === 'CLAIMED' || run.status === 'RUNNING',
    log: run.log,
  }));
  same(await database.query(stored, [orgId]), expected, 'the runs');
}

function same(real: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(real), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: is ${one}, the model says ${other}`);
}
