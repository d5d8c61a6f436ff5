import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../db/database.js';
import { newId } from '../../db/ids.js';
import { openDatabase } from '../../db/open.js';
import { createEventLog } from '../../eventlog/create-eventlog.js';
import { startTestPostgres, type TestPostgres } from '../../testing/postgres.js';
import { createQueue } from '../create-queue.js';
import { QueueModel } from './queue-model.js';
import { registerRunners } from './runner-steps.js';
import type { Real } from './step.js';
import { steps } from './steps.js';

/** Sequences of steps, and steps in the longest of them. `QUEUE_MODEL_RUNS=1000` looks further. */
const numRuns = Number(process.env.QUEUE_MODEL_RUNS ?? 20);
const mostSteps = 80;

let postgres: TestPostgres;
let databases: Database[];

beforeAll(async () => {
  postgres = await startTestPostgres();
  databases = [];
  for (let server = 0; server < 2; server += 1)
    databases.push(await openDatabase({ url: postgres.url, dataDir: null, poolSize: 4 }));
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await postgres.stop();
});

/** An org of its own for each sequence: none sees what another left, also while a failure is shrunk. */
async function anOrg(limit: number): Promise<Real> {
  const [database] = databases;
  if (!database) throw new Error('There is no database');
  // What an earlier sequence left would be swept in this one.
  await database.query({ name: 'model-forget', text: 'TRUNCATE orgs, events, sweeping CASCADE' }, []);
  const orgId = newId('org_');
  await database.prisma.org.create({ data: { id: orgId, name: 'Model', maxConcurrentRuns: limit } });
  return {
    orgId,
    databases,
    queues: databases.map((one) => createQueue(one)),
    logs: databases.map((one) => createEventLog(one)),
  };
}

test(
  'queue, leases and log do what the model says, whatever is asked of two servers in whatever order',
  async () => {
    const limit = fc.constantFrom(2, 1_000);
    const property = fc.asyncProperty(steps(mostSteps), limit, async (commands, most) => {
      const real = await anOrg(most);
      const model = new QueueModel(most);
      await registerRunners(model, real);
      await fc.asyncModelRun(() => ({ model, real }), commands);
    });
    const seed = process.env.QUEUE_MODEL_SEED;
    const outcome = await fc.check(property, {
      numRuns,
      ...(seed !== undefined && { seed: Number(seed) }),
      // A failure is made small, but not for ever.
      interruptAfterTimeLimit: 30_000 + numRuns * 1_000,
      markInterruptAsFailure: false,
    });
    const report = () => `${fc.defaultReportMessage(outcome)}\n${outcome.errorInstance}`;
    expect(outcome.failed ? report() : undefined).toBeUndefined();
  },
  60_000 + numRuns * 2_000,
);
