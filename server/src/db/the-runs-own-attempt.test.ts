import { fileURLToPath } from 'node:url';
import { CreateRun, type FinishRun } from '@agentfleet/contract';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createQueue } from '../queue/create-queue.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import type { Database } from './database.js';
import { migrate } from './migrate.js';
import { readMigrations } from './migrations.js';
import { openDatabase } from './open.js';

// The migration that moves each run's last attempt into the run, on a database that has been at work.

const migrations = readMigrations(fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)));
const before = migrations.slice(
  0,
  migrations.findIndex(({ name }) => name.endsWith('_the_runs_own_attempt')),
);

let postgres: TestPostgres;
let database: Database;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await migrate(client, before);
  await client.query(`
    INSERT INTO orgs (id, name) VALUES ('org', 'Test');
    INSERT INTO runners (id, org_id, machine_id, name, hostname, platform, arch, version, directories, directory_keys,
      permission_modes, max_concurrent_runs)
    VALUES ('runner', 'org', gen_random_uuid(), 'box', 'box', 'linux', 'x64', '0', '{/a}', '{/a}', '{default}', 1);
    INSERT INTO runs (id, org_id, thread_id, parent_run_id, lane, status, attempt, attempt_token, runner_id, last_seq,
      started_at, finished_at, max_attempts, result, labels, input, cwd, cwd_key, permission_mode)
    SELECT id, 'org', thread, parent, 'lane', status::"RunStatus", attempt, token, runner, last_seq,
      started::timestamptz, finished::timestamptz, 3, result, '{night}', 'do it', '/a', '/a', 'default'
    FROM (VALUES
      ('done', 'done', NULL, 'SUCCEEDED', 1, 'att_done', 'runner', 2, '2026-11-20', '2026-11-21', 'well'),
      ('next', 'done', 'done', 'QUEUED', 0, NULL, NULL, 0, NULL, NULL, NULL),
      ('works', 'works', NULL, 'RUNNING', 2, 'att_works', 'runner', 5, '2026-11-20', NULL, NULL),
      ('lost', 'lost', NULL, 'QUEUED', 1, 'att_lost', NULL, 3, NULL, NULL, NULL),
      ('new', 'new', NULL, 'QUEUED', 0, NULL, NULL, 0, NULL, NULL, NULL)
    ) AS r(id, thread, parent, status, attempt, token, runner, last_seq, started, finished, result);
    INSERT INTO attempts (token, run_id, number, runner_id, first_seq, log_checksum, started_at, outcome) VALUES
      ('att_done', 'done', 1, 'runner', 1, 11, now(), 'finished'),
      ('att_early', 'works', 1, 'runner', 1, 22, now(), 'lost'),
      ('att_works', 'works', 2, 'runner', 4, 33, now(), NULL),
      ('att_lost', 'lost', 1, 'runner', 1, 44, now(), 'lost');
    INSERT INTO commands (id, run_id, runner_id, kind) VALUES ('cmd', 'works', 'runner', 'cancel')`);
  await client.end();
  database = await openDatabase({ url: postgres.url, dataDir: null });
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const finish = (id: string, token: string, lastSeq: number, logChecksum: number) => {
  const rest = {
    failure: null,
    agentSessionId: 's',
    result: 'r',
    numTurns: 1,
    costUsd: 1,
    usage: null,
  } as const;
  const request: FinishRun = {
    ...{ ...rest, status: 'SUCCEEDED', finishedAt: '2026-11-28T10:00:00.000Z' },
    ...{ token, lastSeq, logChecksum },
  };
  return createQueue(database).finish('org', id, request);
};

test('runs keep what they were, and their order in the queue', async () => {
  const queue = createQueue(database);
  expect(await queue.get('org', 'done')).toMatchObject({
    status: 'SUCCEEDED',
    result: 'well',
    labels: ['night'],
  });
  expect(await queue.get('org', 'next')).toMatchObject({
    parentRunId: 'done',
    threadId: 'done',
    input: 'do it',
  });
  const request = CreateRun.parse({ prompt: 'x', cwd: '/a' });
  const posted = await queue.enqueue('org', request);
  const place = async (id: string) => (await queue.get('org', id)).queue?.position;
  expect([await place('lost'), await place('new'), await place(posted.id)]).toEqual([2, 3, 4]);
});

test('an attempt that was at work goes on and finishes, under its token alone', async () => {
  await expect(finish('works', 'att_early', 5, 22)).rejects.toMatchObject({ code: 'STALE_ATTEMPT' });
  await expect(finish('works', 'att_works', 5, 34)).rejects.toMatchObject({
    code: 'LOG_INCOMPLETE',
    details: { lastSeq: 3 },
  });
  expect(await finish('works', 'att_works', 5, 33)).toEqual({ id: 'works', status: 'SUCCEEDED' });
});

test('a finish that is repeated is answered alike, and a lost attempt can come back', async () => {
  expect(await finish('done', 'att_done', 2, 11)).toEqual({ id: 'done', status: 'SUCCEEDED' });
  expect(await finish('lost', 'att_lost', 3, 44)).toEqual({ id: 'lost', status: 'SUCCEEDED' });
});

test('how often a session began counts on, and the attempts that were given up are kept', async () => {
  const runs = await database.prisma.run.findMany({ orderBy: { queueOrder: 'asc' }, take: 5 });
  const begun = Object.fromEntries(runs.map(({ id, attemptsStarted }) => [id, attemptsStarted]));
  expect(begun).toEqual({ done: 1, next: 0, works: 2, lost: 1, new: 0 });
  const kept = await database.prisma.attempt.findMany({ orderBy: { token: 'asc' } });
  expect(kept.map(({ token }) => token)).toEqual(['att_early', 'att_lost']);
});
