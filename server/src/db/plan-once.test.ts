import { CreateRun, type Event } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventLog } from '../eventlog/create-eventlog.js';
import type { EventLog } from '../eventlog/eventlog.js';
import { createQueue } from '../queue/create-queue.js';
import type { Queue } from '../queue/queue.js';
import { machine } from '../testing/machine.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import type { Database } from './database.js';
import { newId } from './ids.js';
import { openDatabase } from './open.js';

let postgres: TestPostgres;
let database: Database;
let queue: Queue;
let log: EventLog;
let runnerId: string;
const orgId = newId('org_');
const patient = new AbortController().signal;

const sql = (name: string, text: string) =>
  database.query<{ table: string; rows: number }>({ name, text }, []);

beforeAll(async () => {
  postgres = await startTestPostgres();
  // One connection, so that every statement keeps the plan of its first execution.
  database = await openDatabase({ url: postgres.url, dataDir: null, poolSize: 1 });
  queue = createQueue(database);
  log = createEventLog(database);
  // An ANALYZE would renew the plans: until there is one they must do.
  for (const table of ['runs', 'events_rest', 'runners'])
    await sql(`never-analyze-${table}`, `ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  await database.prisma.org.create({ data: { id: orgId, name: 'Test' } });
  const { id } = await queue.register(orgId, machine({ maxConcurrentRuns: 4 }));
  runnerId = id;
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

/** A run's way through queue and log, with every statement that is on it. */
async function wholeRun(): Promise<void> {
  const { id } = await queue.enqueue(orgId, CreateRun.parse({ prompt: 'do it', cwd: '/code', priority: 9 }));
  const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
  const [run] = (await queue.claim(orgId, runnerId, idle, patient)).runs;
  if (run?.id !== id) throw new Error('another run was claimed');
  const { token } = run;
  await queue.start(orgId, id, { token });
  await queue.heartbeat(orgId, runnerId, {
    leases: [{ runId: id, token }],
    acknowledged: [],
    draining: false,
  });
  const at = '2026-11-24T10:00:00.000Z';
  const event: Event = { seq: 1, kind: 'system', message: 'session started', data: null, at };
  await log.append(orgId, id, { token, events: [event] });
  expect(await log.follow(orgId, id, 0, patient)[Symbol.asyncIterator]().next()).toMatchObject({
    value: [event],
  });
  await queue.finish(orgId, id, {
    token,
    status: 'CANCELLED',
    failure: null,
    agentSessionId: null,
    result: null,
    numTurns: null,
    costUsd: null,
    usage: null,
    finishedAt: at,
    lastSeq: 1,
    logChecksum: await checksumOf(id),
  });
}

async function checksumOf(runId: string): Promise<number> {
  const { logChecksum } = await database.prisma.run.findUniqueOrThrow({ where: { id: runId } });
  return Number(logChecksum);
}

/** Rows that were read by walking a table from its beginning to its end, so far. */
async function walked(): Promise<Record<string, number>> {
  await sql('flush-statistics', 'SELECT pg_stat_force_next_flush()');
  const tables = await sql(
    'rows-walked',
    `SELECT relname AS table, seq_tup_read AS rows FROM pg_stat_user_tables
     WHERE relname IN ('runs', 'events_rest') ORDER BY 1`,
  );
  return Object.fromEntries(tables.map(({ table, rows }) => [table, rows]));
}

test('plans made while the tables were empty find their rows by key when they are full', async () => {
  await wholeRun();
  await sql(
    'many-runs',
    `INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, labels, thread_id, lane, finished_at)
     SELECT 'clrfull' || n, org_id, 'SUCCEEDED', input, cwd, cwd_key, permission_mode, labels, 'clrfull' || n, lane, now()
     FROM (SELECT * FROM runs LIMIT 1) one, generate_series(1, 3000) n`,
  );
  await sql(
    'many-events',
    `INSERT INTO events (run_id, seq, kind, message, at, digest)
     SELECT id, 1, 'system', 'x', now(), 0 FROM runs WHERE id LIKE 'clrfull%'`,
  );
  const before = await walked();
  await wholeRun();
  await wholeRun();
  expect(await walked()).toEqual(before);
});
