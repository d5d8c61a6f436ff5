import { createHash } from 'node:crypto';
import {
  type Claim,
  type ClaimedRun,
  CreateRun,
  type Event,
  eventDigestInput,
  type FinishRun,
} from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { createEventLog } from '../eventlog/create-eventlog.js';
import type { EventLog } from '../eventlog/eventlog.js';
import { createQueue } from '../queue/create-queue.js';
import { defaultPolicy } from '../queue/policy.js';
import type { Queue } from '../queue/queue.js';
import { counting } from './counting.js';
import { openTestDatabase } from './database.js';
import { letTimePass, noteSweeping } from './let-time-pass.js';
import { machine } from './machine.js';

/** Never aborted. */
export const patient: AbortSignal = new AbortController().signal;

/** A new org for each test of the file that calls it, on one embedded database: `id` and the rest are the current test's. */
export function useOrg() {
  let database: Database;
  let queue: Queue;
  let log: EventLog;
  let id: string;
  beforeAll(async () => {
    database = await openTestDatabase();
    queue = createQueue(database);
    log = createEventLog(database);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    id = newId('org_');
    await database.prisma.org.create({ data: { id, name: 'Test' } });
  });

  /** By default a prompt for `/code/app`. */
  const launch = (options: Partial<typeof CreateRun._zod.input> = {}) =>
    queue.enqueue(id, CreateRun.parse({ prompt: 'do it', cwd: '/code/app', ...options }));

  /** @returns the id of a runner that has just registered */
  const runner = async (directories = ['/code'], maxConcurrentRuns = 4): Promise<string> =>
    (await queue.register(id, machine({ directories, maxConcurrentRuns }))).id;

  const claim = (runnerId: string, request: Partial<Claim> = {}, on = queue) => {
    const whole = { leases: [], acknowledged: [], draining: false, slots: 4, waitSec: 0, ...request };
    return on.claim(id, runnerId, whole, patient);
  };

  const claimOne = async (runnerId: string): Promise<ClaimedRun> => {
    const [run] = (await claim(runnerId, { slots: 1 })).runs;
    if (!run) throw new Error('nothing was claimed');
    return run;
  };

  /** @returns another queue on the same database, and the names of the statements that it asks, as they come */
  const counted = (policy = defaultPolicy) => {
    const { database: counted, asked } = counting(database);
    return { queue: createQueue(counted, policy), asked };
  };

  /** Lets every lease of the org run out, as if its runners had died long ago: longer than any grace. */
  const expireLeases = async () => {
    await noteSweeping(database);
    await database.prisma.run.updateMany({
      where: { orgId: id, leaseExpiresAt: { not: null } },
      data: { leaseExpiresAt: new Date(0) },
    });
  };

  /** See letTimePass. */
  const elapse = (ms: number, serversSweep = true) => letTimePass(database, ms, serversSweep);

  return {
    get database() {
      return database;
    },
    get queue() {
      return queue;
    },
    get log() {
      return log;
    },
    get id() {
      return id;
    },
    launch,
    runner,
    claim,
    claimOne,
    counted,
    expireLeases,
    elapse,
  };
}

export const event = (seq: number, message = `line ${seq}`): Event => ({
  seq,
  kind: 'assistant',
  message,
  data: null,
  at: '2026-11-23T10:00:00.000Z',
});

/** How a session that went well ends, when these are all its events. */
export function finishOf(run: ClaimedRun, events: Event[] = [], more: Partial<FinishRun> = {}): FinishRun {
  const digest = (one: Event) => createHash('sha256').update(eventDigestInput(one)).digest().readInt32BE(0);
  return {
    token: run.token,
    status: 'SUCCEEDED',
    failure: null,
    agentSessionId: 'session-1',
    result: 'done',
    numTurns: 1,
    costUsd: 0.01,
    usage: null,
    finishedAt: '2026-11-23T10:00:01.000Z',
    lastSeq: events.at(-1)?.seq ?? run.lastSeq,
    logChecksum: events.reduce((sum, one) => sum + digest(one), 0),
    ...more,
  };
}
