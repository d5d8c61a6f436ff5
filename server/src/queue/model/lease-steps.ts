import type { Database } from '../../db/database.js';
import { noteSweeping } from '../../testing/let-time-pass.js';
import { isActive, type ModelRun, type QueueModel } from './queue-model.js';
import { Claim } from './runner-steps.js';
import { same } from './same-runs.js';
import { type On, Step } from './step.js';

const lease = 45_000;
const grace = 15 * 60_000;
/** More than it must be, ms. */
const more = 1_000;

const active = ({ runs }: Readonly<QueueModel>) => runs.filter(isActive);
const inReach = (model: Readonly<QueueModel>) => active(model).filter(({ silence }) => silence === 'none');
const silent = (model: Readonly<QueueModel>) => active(model).filter(({ silence }) => silence === 'lease');

/**
 * Lets time pass for a runner and its sessions that are not heard of, one among them that is not heard of from now on.
 * Servers were there all the time.
 */
async function passTime(database: Database, { id, runner }: ModelRun, ms: number): Promise<void> {
  const past = `interval '1 ms' * ${ms}`;
  const ofRunner = {
    name: `model-pass-${ms}-runner`,
    text: `UPDATE runners SET told_at = told_at - ${past}, last_seen_at = last_seen_at - ${past}, left_at = left_at - ${past}
      WHERE id = $1`,
  };
  const ofRuns = {
    name: `model-pass-${ms}-runs`,
    text: `UPDATE runs SET lease_expires_at = lease_expires_at - ${past}
      WHERE id = $2 OR (runner_id = $1 AND status IN ('CLAIMED', 'RUNNING') AND lease_expires_at < now())`,
  };
  await database.query(ofRunner, [runner?.id]);
  await database.query(ofRuns, [runner?.id, id]);
  await database.query({ name: 'model-resumed', text: `UPDATE sweeping SET resumed_at = 'epoch'` }, []);
}

export class LoseLease extends Step {
  protected works = (model: Readonly<QueueModel>) => inReach(model).length > 0;
  async take(model: QueueModel, { database }: On) {
    const run = this.pick(inReach(model));
    await passTime(database, run, lease + more);
    run.silence = 'lease';
    model.resumed = false;
  }
}

export class PassGrace extends Step {
  protected works = (model: Readonly<QueueModel>) => silent(model).length > 0;
  async take(model: QueueModel, { database }: On) {
    const run = this.pick(silent(model));
    await passTime(database, run, grace + more);
    for (const other of silent(model)) if (other.runner === run.runner) other.silence = 'grace';
    model.resumed = false;
  }
}

/** Nobody sweeps for long. */
export class ServersAway extends Step {
  protected works = () => true;
  protected async take(model: QueueModel, { database }: On) {
    await noteSweeping(database);
    const away = `UPDATE sweeping SET swept_at = now() - interval '1 h'`;
    await database.query({ name: 'model-away', text: away }, []);
    model.away = true;
  }
}

export class Sweep extends Step {
  protected works = () => true;
  async take(model: QueueModel, { queue, database }: On) {
    // However slow this machine is.
    if (!model.away) await noteSweeping(database);
    // Other orgs of this database have nothing that could be swept: each property begins a new one.
    same(await queue.sweep(), model.sweep(), 'a sweep changes');
    same(await queue.sweep(), 0, 'a second sweep changes');
  }
}

/** A runner that dies, and perhaps begins anew: what so often follows one after the other that chance should not have to find it. */
export class LoseRun extends Step {
  protected works = (model: Readonly<QueueModel>) => inReach(model).length > 0;
  protected async take(model: QueueModel, on: On) {
    const run = this.pick(inReach(model));
    const { runner } = run;
    const [, what = 0] = this.picks;
    await new LoseLease(this.server, ...this.picks).take(model, on);
    await new Sweep(this.server).take(model, on);
    if (what % 2 === 0 && silent(model).includes(run)) {
      await new PassGrace(this.server, silent(model).indexOf(run)).take(model, on);
      await new Sweep(this.server).take(model, on);
    }
    const returns = what % 3 !== 0;
    if (returns && runner) await new Claim(this.server, model.runners.indexOf(runner), 3, 1).take(model, on);
  }
}
