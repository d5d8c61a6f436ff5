import { isActive, type QueueModel } from './queue-model.js';
import { Claim } from './runner-steps.js';
import { same } from './same-runs.js';
import { type On, Step } from './step.js';

const active = ({ runs }: Readonly<QueueModel>) => runs.filter(isActive);

export class LoseLease extends Step {
  protected works = (model: Readonly<QueueModel>) => active(model).length > 0;
  async take(model: QueueModel, { database }: On) {
    const run = this.pick(active(model));
    await database.prisma.run.update({ where: { id: run.id }, data: { leaseExpiresAt: new Date(0) } });
    run.leaseRanOut = true;
  }
}

export class Sweep extends Step {
  protected works = () => true;
  async take(model: QueueModel, { queue }: On) {
    // Other orgs of this database have nothing that could be swept: each property begins a new one.
    same(await queue.sweep(), model.sweep(), 'a sweep changes');
    same(await queue.sweep(), 0, 'a second sweep changes');
  }
}

/** A runner that dies, and perhaps begins anew: what so often follows one after the other that chance should not have to find it. */
export class LoseRun extends Step {
  protected works = (model: Readonly<QueueModel>) => active(model).length > 0;
  protected async take(model: QueueModel, on: On) {
    const run = this.pick(active(model));
    const { runner } = run;
    await new LoseLease(this.server, ...this.picks).take(model, on);
    await new Sweep(this.server).take(model, on);
    const returns = (this.picks[1] ?? 0) % 3 !== 0;
    if (returns && runner) await new Claim(this.server, model.runners.indexOf(runner), 3, 1).take(model, on);
  }
}
