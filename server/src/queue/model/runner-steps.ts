import { setTimeout as delay } from 'node:timers/promises';
import { keyNamed } from '../../testing/key-named.js';
import { machine } from '../../testing/machine.js';
import {
  isActive,
  isOvertaken,
  type ModelAttempt,
  type ModelRunner,
  type QueueModel,
} from './queue-model.js';
import { same } from './same-runs.js';
import { type On, outcomeOf, type Real, Step } from './step.js';

/** Where runs are posted to. */
export const directories = ['/code/a', '/code/b', '/code/c'];
const patient = new AbortController().signal;
const idle = { leases: [], acknowledged: [], draining: false };

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

const machineOf = ({ machineId, directories: covered, slots }: ModelRunner) =>
  machine({ machineId, directories: [...covered], maxConcurrentRuns: slots });
const leaseOf = ({ run, token }: ModelAttempt) => ({ runId: run.id, token });

export class RegisterAgain extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const runner = this.pick(model.runners);
    const { id } = await queue.register(orgId, machineOf(runner));
    same(id, runner.id, 'a machine that registers again');
    runner.deleted = false;
  }
}

export class Claim extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  async take(model: QueueModel, { queue, orgId }: On) {
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
    for (const run of again) Object.assign(run, { silence: 'none', unnamed: false });
    const expected = model.claimable(runner, Math.max(0, slots - again.length));
    same(
      runs.map(({ id }) => id).sort(),
      [...again, ...expected].map(({ id }) => id).sort(),
      'a claim takes',
    );
    for (const { id, token, lastSeq, attempt, resumeSessionId } of runs) {
      const run = model.runs.find((one) => one.id === id);
      if (!run) throw new Error('It was not posted');
      same(resumeSessionId, (run.fresh ? null : run.parent?.session) ?? null, 'the session it resumes');
      if (again.includes(run)) same(token, run.attempts.at(-1)?.token, 'what is given again');
      else model.claimed(run, runner, token);
      same([attempt, lastSeq], [run.attempts.length, run.attempts.at(-1)?.firstSeq], 'what a claim says');
    }
  }
}

export class Heartbeat extends Step {
  protected readonly leaving: boolean = false;

  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const [, which = 0] = this.picks;
    // One attempt that there ever was, by its runner, an overtaken one among them; or some, perhaps not its own.
    const overtaken = model.attempts.filter(isOvertaken);
    const from = which % 4 === 0 && overtaken.length > 0 ? overtaken : model.attempts;
    const single = which % 2 === 0 ? from[(which >> 2) % from.length] : undefined;
    const runner = single?.runner ?? this.pick(model.runners);
    const held = single
      ? [single]
      : model.attempts.filter((_attempt, index) => (which >> (index % 12)) % 2 === 1);
    const leaving = this.leaving;
    const request = { ...idle, leases: held.map(leaseOf), leaving };
    const answer = await outcomeOf(queue.heartbeat(orgId, runner.id, request));
    same(answer.refusal, runner.deleted ? 'NOT_FOUND' : undefined, 'a heartbeat');
    if (!answer.value) return;
    const stale = model.heartbeat(runner, held).map(({ id }) => id);
    if (leaving) return model.leave(runner, held);
    same([...answer.value.stale].sort(), stale.sort(), 'a heartbeat stops');
  }
}

/** The last heartbeat of a runner that ends. What is stale then nobody needs to hear. */
export class Leave extends Heartbeat {
  protected override readonly leaving = true;

  protected override async take(model: QueueModel, on: On) {
    // The database keeps ms: of what came in the one in which it leaves nobody can tell whether that was before.
    await delay(2);
    await super.take(model, on);
  }
}

export class PauseOrResume extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const runner = this.pick(model.runners);
    const turn = runner.paused
      ? queue.resume(orgId, runner.id)
      : queue.pause(orgId, runner.id, { note: 'x' }, keyNamed('Ann'));
    const { refusal } = await outcomeOf(turn);
    same(refusal, runner.deleted ? 'NOT_FOUND' : undefined, 'a pause');
    if (refusal === undefined) runner.paused = !runner.paused;
  }
}

export class RemoveRunner extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runners.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const runner = this.pick(model.runners);
    const isBusy = model.runs.filter(isActive).some((run) => run.runner === runner && !run.lost);
    const { refusal } = await outcomeOf(queue.removeRunner(orgId, runner.id));
    same(refusal, runner.deleted ? 'NOT_FOUND' : isBusy ? 'RUNNER_BUSY' : undefined, 'a removal');
    if (refusal !== undefined) return;
    runner.deleted = true;
    model.sweep();
  }
}
