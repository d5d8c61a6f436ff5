import { CreateRun } from '@agentfleet/contract';
import { createQueue, newId, openDatabase, startTestPostgres } from '@agentfleet/server';
import { Logger, makeWorkerUtils, runMigrations, run as runWorker } from 'graphile-worker';
import pg from 'pg';
import PgBoss from 'pg-boss';
import { type Row, relative } from './report.js';
import { machine } from './sessions.js';

const concurrency = 16;
const jobs = 4_000;
const patient = new AbortController().signal;

/**
 * Claim and finish on the queue module, beside graphile-worker and pg-boss on the same PostgreSQL. What ours does
 * that they do not: leases with fencing tokens, directories, attempts, checksums of the log. What they do that
 * ours does not: graphile-worker fetches in the worker's own process without a runner's identity; pg-boss
 * archives, throttles and schedules.
 */
export async function* queue(): AsyncGenerator<Row> {
  const postgres = await startTestPostgres();
  try {
    const graphile = await graphileWorker(postgres.url);
    const boss = await pgBoss(postgres.url);
    const small = await ours(postgres.url, 0);
    yield relative(
      'claim + finish, beside graphile-worker',
      'runs/s',
      { ours: small, peer: graphile },
      '>=',
      1.2,
    );
    yield relative('claim + finish, beside pg-boss', 'runs/s', { ours: small, peer: boss }, '>=', 3);
    const large = await ours(postgres.url, 60_000);
    const flat = { ours: large, peer: small };
    yield relative('claim + finish with 60,000 queued, beside an empty queue', 'runs/s', flat, '>=', 0.67);
  } finally {
    await postgres.stop();
  }
}

async function ours(url: string, backlog: number): Promise<number> {
  const database = await openDatabase({ url, dataDir: null });
  try {
    const queue = createQueue(database);
    const orgId = newId('org_');
    await database.prisma.org.create({ data: { id: orgId, name: 'bench' } });
    const runners = await Promise.all(
      Array.from({ length: concurrency }, async (_item, index) => {
        const { id } = await queue.register(orgId, machine(`bench-${index}`, 4));
        return id;
      }),
    );
    const request = CreateRun.parse({ prompt: 'x', cwd: '/code/a', sharedCwd: true });
    const first = await queue.enqueue(orgId, request);
    await copyRun(url, first.id, jobs + backlog - 1);
    let left = jobs;
    const work = async (runnerId: string) => {
      while (left > 0) {
        const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
        const { runs } = await queue.claim(orgId, runnerId, idle, patient);
        for (const { id, token } of runs) {
          left -= 1;
          await queue.finish(orgId, id, finishOf(token));
        }
      }
    };
    const began = performance.now();
    await Promise.all(runners.map(work));
    return (jobs * 1_000) / (performance.now() - began);
  } finally {
    await database.close();
  }
}

const finishOf = (token: string) => ({
  token,
  status: 'SUCCEEDED' as const,
  failure: null,
  agentSessionId: null,
  result: null,
  numTurns: null,
  costUsd: null,
  usage: null,
  finishedAt: '2026-11-23T10:00:00.000Z',
  lastSeq: 0,
  logChecksum: 0,
});

/** Queues many runs like one that is there, in one statement. */
async function copyRun(url: string, id: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `INSERT INTO runs (id, org_id, input, cwd, cwd_key, permission_mode, labels, shared_cwd, thread_id, lane)
     SELECT 'clr' || lpad(n::text, 12, '0') || substr(md5(random()::text), 1, 8), org_id, input, cwd, cwd_key,
       permission_mode, labels, shared_cwd, 'clr' || n || id, lane
     FROM runs, generate_series(1, $2::int) AS n WHERE id = $1`,
    [id, count],
  );
  await client.query('ANALYZE runs');
  await client.end();
}

async function graphileWorker(url: string): Promise<number> {
  await runMigrations({ connectionString: url });
  const utils = await makeWorkerUtils({ connectionString: url });
  await utils.withPgClient((client) =>
    client.query(
      `SELECT graphile_worker.add_job('bench', json_build_object('n', n)) FROM generate_series(1, $1::int) n`,
      [jobs],
    ),
  );
  let left = jobs;
  let finished: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const began = performance.now();
  const runner = await runWorker({
    connectionString: url,
    concurrency,
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    taskList: {
      bench: () => {
        left -= 1;
        if (left === 0) finished();
      },
    },
  });
  await done;
  const rate = (jobs * 1_000) / (performance.now() - began);
  await runner.stop();
  await utils.release();
  return rate;
}

async function pgBoss(url: string): Promise<number> {
  const boss = new PgBoss(url);
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('bench');
  await boss.insert(Array.from({ length: jobs }, (_item, n) => ({ name: 'bench', data: { n } })));
  let left = jobs;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left > 0) {
        const fetched = await boss.fetch('bench');
        for (const { id } of fetched) {
          left -= 1;
          await boss.complete('bench', id);
        }
      }
    }),
  );
  const rate = (jobs * 1_000) / (performance.now() - began);
  await boss.stop({ graceful: false });
  return rate;
}
