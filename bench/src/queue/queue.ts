import { startTestPostgres } from '@agentfleet/server';
import { type Row, relative } from '../report.js';
import { freshDatabase } from '../sql.js';
import { median } from '../statistics.js';
import { graphileWorker } from './graphile-worker.js';
import { ourQueue } from './our-queue.js';
import { pgBoss } from './pg-boss.js';

export const concurrency = 16;
/** Jobs done before the clock starts: everybody has connected and planned, and the tables are in use. */
export const rehearsal = 200;
/** Many and short: the machine's speed wanders from one second to the next, and the peers are to meet it alike. */
const rounds = 7;
const backlog = 60_000;

/** One measurement: a rehearsal, a VACUUM ANALYZE, then so many jobs are done while others wait behind them. */
export interface Round {
  /** Of an empty database. */
  url: string;
  jobs: number;
  backlog: number;
}

/**
 * Claim and finish on the queue module, beside graphile-worker and pg-boss on the same PostgreSQL: in turns, each time
 * in a database of its own, medians of the rounds.
 *
 * What ours does that they do not: leases with fencing tokens, attempts, the directories and permission modes of a
 * runner, its limit, one session at a time in a directory, order by priority and age over all that a runner may take,
 * a checksum of the log, wake-ups for who watches a run. It waits for the disk at the finish, not at the claim
 * (docs/decisions/0002). What they do that ours does not: graphile-worker retries with back-off, named queues, cron;
 * it waits for the disk at both, fetches in the worker's own process and deletes what is done. pg-boss retries,
 * throttles, schedules, has dead letters and archives what is done.
 */
export async function* queue(): AsyncGenerator<Row> {
  const postgres = await startTestPostgres();
  const measure = async (work: (round: Round) => Promise<number>, jobs: number, waiting: number) =>
    work({ url: await freshDatabase(postgres.url), jobs, backlog: waiting });
  try {
    const rates = {
      ours: [] as number[],
      graphile: [] as number[],
      boss: [] as number[],
      full: [] as number[],
    };
    for (let round = 0; round < rounds; round += 1) {
      rates.graphile.push(await measure(graphileWorker, 2_500, 0));
      rates.ours.push(await measure(ourQueue, 2_500, 0));
      rates.boss.push(await measure(pgBoss, 500, 0));
      rates.full.push(await measure(ourQueue, 2_500, backlog));
    }
    const ours = median(rates.ours);
    const full = median(rates.full);
    const beside = (name: string, mine: number, peer: number, bound: number) =>
      relative(`claim + finish${name}`, 'runs/s', { ours: mine, peer }, '>=', bound);
    yield beside(', beside graphile-worker', ours, median(rates.graphile), 1.2);
    yield beside(', beside pg-boss', ours, median(rates.boss), 3);
    yield beside(' with 60,000 queued, beside an empty queue', full, ours, 0.67);
    // How pg-boss stands the same backlog: slowly, hence once.
    const slow = await measure(pgBoss, 160, backlog);
    yield beside(' with 60,000 queued, beside pg-boss with 60,000', full, slow, 3);
  } finally {
    await postgres.stop();
  }
}
