import { setTimeout as delay } from 'node:timers/promises';
import { type ClaimedRun, CreateRun } from '@agentfleet/contract';
import {
  createEventLog,
  createQueue,
  type Database,
  newId,
  openDatabase,
  type Queue,
  startTestPostgres,
} from '@agentfleet/server';
import pg from 'pg';
import { type Row, relative } from '../report.js';
import { timed } from '../session.js';
import { eventOf, finishOf, machine } from '../sessions.js';
import { median } from '../statistics.js';
import { reads } from './reads.js';

const rounds = 200;
/** All reads at once are over in a tenth of a second, for which the processor may be elsewhere. */
const readEveryMs = 5;
const patient = new AbortController().signal;

/** What a claim, a tail and every question cost as work grows: with a hundred or a thousand runs, or a million. */
export async function* growth(): AsyncGenerator<Row> {
  const postgres = await startTestPostgres();
  const database = await openDatabase({ url: postgres.url, dataDir: null });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    const queue = createQueue(database);
    for (const status of ['QUEUED', 'SUCCEEDED'] as const) {
      const orgId = newId('org_');
      await database.prisma.org.create({ data: { id: orgId, name: 'bench' } });
      const { id: runnerId } = await queue.register(orgId, machine('bench', 256));
      const times: number[] = [];
      let there = 0;
      for (const count of [100, 10_000, 1_000_000]) {
        await fill(client, queue, orgId, status, count - there);
        there = count;
        times.push(await claimTime(queue, orgId, runnerId));
      }
      const [few = 0, some = 0, many = 0] = times;
      yield relative(
        `claim with 10,000 runs ${status}, beside 100`,
        'ms',
        { ours: some, peer: few },
        '<=',
        1.5,
      );
      yield relative(
        `claim with 1,000,000 runs ${status}, beside 100`,
        'ms',
        { ours: many, peer: few },
        '<=',
        1.5,
      );
    }
    yield* tails(database, queue, client);
    yield* reads();
  } finally {
    await client.end();
    await database.close();
    await postgres.stop();
  }
}

/** ms that the claim of a run takes which goes first, median. */
async function claimTime(queue: Queue, orgId: string, runnerId: string): Promise<number> {
  const times: number[] = [];
  const request = CreateRun.parse({ prompt: 'x', cwd: '/code/first', sharedCwd: true, priority: 100 });
  for (let round = 0; round < rounds; round += 1) {
    const { id } = await queue.enqueue(orgId, request);
    const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
    let claimed: ClaimedRun | undefined;
    times.push(
      await timed(async () => {
        [claimed] = (await queue.claim(orgId, runnerId, idle, patient)).runs;
      }),
    );
    if (claimed?.id !== id) throw new Error('another run was claimed');
    await queue.finish(orgId, id, finishOf(claimed.token));
  }
  return median(times);
}

/** ms to read the newest page of a log, median, with a hundred events and with a million. */
async function* tails(database: Database, queue: Queue, client: pg.Client): AsyncGenerator<Row> {
  const log = createEventLog(database);
  const orgId = newId('org_');
  await database.prisma.org.create({ data: { id: orgId, name: 'bench' } });
  const times: number[] = [];
  for (const count of [100, 1_000_000]) {
    const { id } = await queue.enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd: '/code' }));
    const { kind, message, data, at } = eventOf(1);
    await client.query(
      `INSERT INTO events (run_id, seq, kind, message, data, at, digest)
       SELECT $1, seq, $2, $3, $4, $5, 0 FROM generate_series(1, $6::int) seq`,
      [id, kind, message, data, at, count],
    );
    await client.query('UPDATE runs SET last_seq = $2 WHERE id = $1', [id, count]);
    await client.query('ANALYZE events');
    const reads: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      reads.push(await timed(() => log.read(orgId, id, { after: count - 20, limit: 500 })));
      await delay(readEveryMs);
    }
    times.push(median(reads));
  }
  const [few = 0, many = 0] = times;
  yield relative(
    'tail of a log with 1,000,000 events, beside 100',
    'ms',
    { ours: many, peer: few },
    '<=',
    1.5,
  );
}

/** Puts runs into the org in one statement: queued in a directory that the runner covers, or finished. */
async function fill(
  client: pg.Client,
  queue: Queue,
  orgId: string,
  status: 'QUEUED' | 'SUCCEEDED',
  count: number,
): Promise<void> {
  const { id } = await queue.enqueue(
    orgId,
    CreateRun.parse({ prompt: 'x', cwd: '/code/a', sharedCwd: true }),
  );
  await client.query(
    `INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, labels, shared_cwd, thread_id, lane)
     SELECT 'clr' || lpad(n::text, 12, '0') || substr(md5(random()::text), 1, 8), org_id, $3, input, cwd, cwd_key,
       permission_mode, labels, shared_cwd, 'clr' || n || id, lane
     FROM runs, generate_series(1, $2::int) AS n WHERE id = $1`,
    [id, count - 1, status],
  );
  if (status === 'SUCCEEDED') {
    await client.query('UPDATE runs SET status = $2 WHERE id = $1', [id, status]);
  }
  await client.query('ANALYZE runs');
}
