import type * as fc from 'fast-check';
import type { Database } from '../../db/database.js';
import { ApiError } from '../../errors.js';
import type { EventLog } from '../../eventlog/eventlog.js';
import type { Queue } from '../queue.js';
import type { QueueModel, Refusal } from './queue-model.js';
import { sameRuns } from './same-runs.js';

/** Two servers on one database, and what the model's things are called there. */
export interface Real {
  orgId: string;
  databases: readonly Database[];
  queues: readonly Queue[];
  logs: readonly EventLog[];
}

/** The one of them that a step asks. */
export interface On {
  queue: Queue;
  log: EventLog;
  database: Database;
  orgId: string;
}

/** One step: what the model does, what the real one does, and that both say the same. */
export abstract class Step implements fc.AsyncCommand<QueueModel, Real> {
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

/** What came of it, a refusal among that. */
export async function outcomeOf<Value>(work: Promise<Value>): Promise<{ value?: Value; refusal: Refusal }> {
  try {
    return { value: await work, refusal: undefined };
  } catch (error) {
    if (error instanceof ApiError) return { refusal: error.code };
    throw error;
  }
}
