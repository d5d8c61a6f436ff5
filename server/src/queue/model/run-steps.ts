import { CreateRun } from '@agentfleet/contract';
import type { ModelRun, QueueModel } from './queue-model.js';
import { directories } from './runner-steps.js';
import { same } from './same-runs.js';
import { type On, outcomeOf, Step } from './step.js';

export class Enqueue extends Step {
  protected works = () => true;
  async take(model: QueueModel, { queue, orgId }: On) {
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
      ...untouched(model, id),
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

export class FollowUp extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runs.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const parent = this.pick(model.runs);
    const isFresh = (this.picks[1] ?? 0) % 3 === 2;
    const answer = await outcomeOf(queue.followUp(orgId, parent.id, { prompt: 'next', fresh: isFresh }));
    same(answer.refusal, model.mayFollowUp(parent, isFresh), 'a follow-up');
    if (!answer.value) return;
    const { threadId, directory, sharedCwd, priority, maxAttempts, hasTtl } = parent;
    const inherited = { threadId, directory, sharedCwd, priority, maxAttempts, hasTtl };
    const { runner } = parent;
    model.runs.push({
      ...untouched(model, answer.value.id),
      ...inherited,
      parent,
      fresh: isFresh,
      pinnedTo: runner,
      runner,
      ready: false,
    });
    model.advance(threadId);
  }
}

export class Cancel extends Step {
  protected works = (model: Readonly<QueueModel>) => model.runs.length > 0;
  protected async take(model: QueueModel, { queue, orgId }: On) {
    const run = this.pick(model.runs);
    const answer = await outcomeOf(queue.cancel(orgId, run.id));
    same(answer.refusal, model.cancel(run), 'a cancellation');
  }
}

export class PassTimeToLive extends Step {
  protected works = (model: Readonly<QueueModel>) => waiting(model).length > 0;
  protected async take(model: QueueModel, { database }: On) {
    const run = this.pick(waiting(model));
    await database.prisma.run.update({ where: { id: run.id }, data: { queuedAt: new Date(0) } });
    run.ttlRanOut = true;
  }
}

const waiting = ({ runs }: Readonly<QueueModel>) =>
  runs.filter(({ status, ready, hasTtl }) => status === 'QUEUED' && ready && hasTtl);

function untouched(model: QueueModel, id: string): ModelRun {
  return {
    place: model.runs.length,
    id,
    threadId: id,
    parent: undefined,
    fresh: false,
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
    silence: 'none',
    unnamed: false,
    lost: false,
    ttlRanOut: false,
    cancelRequested: false,
    session: undefined,
    failure: undefined,
  };
}
