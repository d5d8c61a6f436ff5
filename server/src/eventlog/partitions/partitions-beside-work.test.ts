import { CreateRun } from '@agentfleet/contract';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database, Queryable } from '../../db/database.js';
import { newId, newRunId } from '../../db/ids.js';
import { migrate } from '../../db/migrate.js';
import { openDatabase, ownMigrations } from '../../db/open.js';
import { openPostgres } from '../../db/open-postgres.js';
import { planOnce } from '../../db/plan-once.js';
import { connectTo } from '../../db/session.js';
import { tidyUp } from '../../housekeeping.js';
import { createQueue } from '../../queue/create-queue.js';
import { machine } from '../../testing/machine.js';
import { patient } from '../../testing/org-with-queue.js';
import { startTestPostgres, type TestPostgres } from '../../testing/postgres.js';
import { startTestServer } from '../../testing/server.js';
import { createEventLog } from '../create-eventlog.js';
import { anyEvents, newestEvents, readEvents, readImage, readTails, toolEvents } from '../sql/read-events.js';
import { dropPartitions } from './drop-partitions.js';
import { keepPartitions } from './keep-partitions.js';
import { dayMs, readPartitions } from './partition.js';

const orgId = newId('org_');
const oldEvents = 20_000;
const before = ownMigrations().filter(({ name }) => name < '20261201130000');

let postgres: TestPostgres;
/** A server of the version before: it appends and reads with the statements of then, which it prepared on the schema of then. */
let old: Database;
let client: pg.Client;
beforeAll(async () => {
  postgres = await startTestPostgres();
  old = await openPostgres(postgres.url, before, { poolSize: 4 });
  client = await connectTo(postgres.url);
  // Not by the models, which are of now and know columns that come later.
  await client.query('INSERT INTO orgs (id, name) VALUES ($1, $2)', [orgId, 'Test']);
  await client.query(
    `INSERT INTO events (run_id, seq, kind, message, at, digest)
     SELECT 'clr00' || n % 100, n / 100, 'system', 'x', now(), 0 FROM generate_series(100, ${oldEvents + 99}) n`,
  );
});
afterAll(async () => {
  await old.close();
  await client.end();
  await postgres.stop();
});

/** Appends one event after the other to a run, and reads it back, until it is told to end. */
async function work(ended: AbortSignal): Promise<{ id: string; seq: number; slowestMs: number }> {
  const queue = createQueue(old);
  const log = createEventLog(old);
  const cwd = `/code/${crypto.randomUUID()}`;
  const runner = await queue.register(orgId, machine({ directories: [cwd] }));
  const { id } = await queue.enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd }));
  const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
  const [run] = (await queue.claim(orgId, runner.id, idle, patient)).runs;
  if (!run) throw new Error('nothing was claimed');
  await queue.start(orgId, id, { token: run.token });
  let [seq, slowestMs] = [0, 0];
  while (!ended.aborted) {
    seq += 1;
    const event = {
      seq,
      kind: 'system' as const,
      message: `line ${seq}`,
      data: null,
      at: '2026-12-01T10:00:00.000Z',
    };
    const begun = performance.now();
    await log.append(orgId, id, { token: run.token, events: [event] });
    slowestMs = Math.max(slowestMs, performance.now() - begun);
    expect(await log.newest(orgId, id, 1)).toEqual([event]);
  }
  return { id, seq, slowestMs };
}

/** The database, whose connection is killed by PostgreSQL before the so-and-so-many-th statement within a transaction. */
function killedAt(database: Database, nth: number): Database & { readonly killed: boolean } {
  let asked = 0;
  let killed = false;
  return {
    ...database,
    get killed() {
      return killed;
    },
    transaction: (run) =>
      database.transaction((tx) => {
        const query: Queryable['query'] = async (statement, values) => {
          asked += 1;
          if (asked === nth) {
            killed = true;
            await tx.query({ name: 'die', text: 'SELECT pg_terminate_backend(pg_backend_pid())' }, []);
          }
          return tx.query(statement, values);
        };
        return run({ query });
      }),
  };
}

const counted = async () =>
  (await client.query<{ n: number }>('SELECT count(*)::int AS n FROM events')).rows[0]?.n;

test('an existing database is partitioned beside a server of the version before, whatever moment it is killed at', async () => {
  const over = new AbortController();
  const working = Promise.all([work(over.signal), work(over.signal)]);
  const [migration] = await migrate(client, ownMigrations());
  expect(migration).toBe('20261201130000_events_by_time');
  const fresh = await openDatabase({ url: postgres.url, dataDir: null, poolSize: 2 });
  let kills = 0;
  for (let nth = 1; ; nth += 1) {
    const server = killedAt(fresh, nth);
    const kept = await keepPartitions(server, undefined, patient).catch((error: unknown) => error);
    if (!server.killed) {
      expect(kept).toMatchObject({ why: undefined });
      break;
    }
    kills += 1;
    // Nothing is lost or seen twice at any of them.
    const { rows } = await client.query(`SELECT FROM events WHERE run_id < 'clr01'`);
    expect(rows).toHaveLength(oldEvents);
  }
  expect(kills).toBeGreaterThan(12);
  over.abort();
  const worked = await working;
  const partitions = await readPartitions(fresh, 'events');
  expect(partitions?.byTime[0]?.from).toBe('');
  expect(partitions?.byTime.length).toBeGreaterThan(1);
  expect(await counted()).toBe(oldEvents + worked.reduce((sum, { seq }) => sum + seq, 0));
  for (const { id, seq, slowestMs } of worked) {
    expect(seq).toBeGreaterThan(10);
    expect(slowestMs).toBeLessThan(2_000);
    expect(await createEventLog(fresh).newest(orgId, id, 1)).toMatchObject([{ seq }]);
  }
  expect((await client.query('SELECT FROM events_rest')).rows).toEqual([]);
  const { rows } = await client.query(`SELECT conname FROM pg_constraint WHERE conname = 'ends'`);
  expect(rows).toEqual([]);
  await fresh.close();
}, 60_000);

test('what a reader keeps in place is dropped another time, and nobody waits long behind it', async () => {
  const database = await openDatabase({ url: postgres.url, dataDir: null, poolSize: 3 });
  const reader = await connectTo(postgres.url);
  await reader.query('BEGIN; SELECT FROM events LIMIT 1');
  const over = new AbortController();
  const working = work(over.signal);
  const later = { ...database, now: () => database.now() + 200 * dayMs };
  const ofEvents = (names: string[]) => names.filter((name) => name.startsWith('events_'));
  expect(ofEvents(await dropPartitions(later, dayMs, patient))).toEqual([]);
  over.abort();
  const { slowestMs } = await working;
  expect(slowestMs).toBeLessThan(1_000);
  await reader.query('COMMIT');
  await reader.end();
  expect(ofEvents(await dropPartitions(later, dayMs, patient))).not.toEqual([]);
  // The sessions of this test are not over, and keep what they are in.
  expect((await readPartitions(database, 'events'))?.byTime[0]?.from).toBe('');
  await database.close();
}, 60_000);

test('an end that was left over and is past, as in a backup, stops no event once a server has started', async () => {
  const past = newRunId(Date.now() - dayMs);
  const far = newRunId(Date.now() + 500 * dayMs);
  await client.query(`ALTER TABLE events_rest ADD CONSTRAINT ends CHECK (run_id < '${past}') NOT VALID`);
  const append = () =>
    client.query(
      `INSERT INTO events (run_id, seq, kind, message, at, digest) VALUES ('${far}', 1, 'system', 'x', now(), 0)`,
    );
  await expect(append()).rejects.toThrow('violates check constraint "ends"');
  const server = await startTestServer({ databaseUrl: postgres.url });
  await append();
  await server.close();
  await client.query(`DELETE FROM events WHERE run_id = '${far}'`);
});

test('a role that owns no table serves, deletes row by row as before, and says what is missing', async () => {
  const role = `servers_${crypto.randomUUID().slice(0, 8)}`;
  await client.query(`
    CREATE ROLE ${role} LOGIN PASSWORD 'secret';
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
  const url = new URL(postgres.url);
  [url.username, url.password] = [role, 'secret'];
  const database = await openDatabase({ url: url.href, dataDir: null, poolSize: 2 });
  const later = { ...database, now: () => database.now() + 90 * dayMs };
  const { why } = await keepPartitions(later, 30 * dayMs, patient);
  expect(why).toMatch(/may not make partitions of events: .* events_rest\..*npm run agentfleet -- migrate/);
  const id = newRunId(database.now() - 40 * dayMs);
  await client.query(
    `INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, labels, thread_id, lane, last_seq, finished_at)
     VALUES ($1, $2, 'SUCCEEDED', 'x', '/x', '/x', 'default', '{}', $1, 'lane', 1, now() - interval '40 days')`,
    [id, orgId],
  );
  await client.query(
    `INSERT INTO events (run_id, seq, kind, message, at, digest) VALUES ($1, 1, 'system', 'x', now(), 0)`,
    [id],
  );
  expect(await tidyUp(database, 30 * dayMs, patient)).toMatchObject({ events: 1 });
  expect((await client.query('SELECT FROM events WHERE run_id = $1', [id])).rows).toEqual([]);
  await database.close();
  // Who owns them makes them, and what others may do is the same with each.
  const owner = await openDatabase({ url: postgres.url, dataDir: null, poolSize: 2 });
  await keepPartitions({ ...owner, now: () => owner.now() + 90 * dayMs }, 30 * dayMs, patient);
  const { rows } = await client.query(
    `SELECT relname FROM pg_class WHERE relname ~ '^events_' AND relkind = 'r' AND NOT has_table_privilege($1, oid, 'SELECT')`,
    [role],
  );
  expect(rows).toEqual([]);
  await owner.close();
  await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
}, 60_000);

test('a statement that was planned once reads the partition of its run alone', async () => {
  await client.query(
    Object.entries(planOnce)
      .map(([name, value]) => `SET ${name} = '${value}'`)
      .join('; '),
  );
  const { rows: runs } = await client.query<{ id: string }>(
    `SELECT id FROM runs WHERE last_seq > 0 AND attempt_token IS NOT NULL LIMIT 1`,
  );
  const id = runs[0]?.id ?? '';
  const list = (value: string | number) => `ARRAY['${value}']`;
  const asked: [typeof readEvents, string[]][] = [
    [readEvents, [`'${id}'`, '0', '10', '1000']],
    [newestEvents, [`'${id}'`, '10', '1000', '99']],
    [toolEvents, [`'${id}'`, '10', '1000', '99', '0', list('Bash'), 'true']],
    [anyEvents, [`'${id}'`, '0', '99']],
    [readImage, [`'${id}'`, `'${orgId}'`, '1', '0']],
    [readTails, [list(id), list(orgId), `ARRAY[0]`, '10', '1000']],
  ];
  const prepared = (name: string) => name.replaceAll('-', '_');
  for (const [{ name, text }, values] of asked) {
    await client.query(`PREPARE ${prepared(name)} AS ${text}`);
    // The plan that serves for all values is made at once.
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, COSTS OFF) EXECUTE ${prepared(name)}(${values.join(', ')})`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']);
    const scans = plan.filter(
      (line) => / on event(s|_images)_/.test(line) && !line.includes('never executed'),
    );
    // An index that is read for a bitmap has a line of its own.
    const named = scans.map((line) => / on (event(?:s|_images)_\w+)/.exec(line)?.[1]?.replace(/_pkey$/, ''));
    const tables = [...new Set(named)];
    expect([name, ...tables]).toEqual([name, expect.stringMatching(/^event(s_until|_images_from)_\d+$/)]);
  }
});
