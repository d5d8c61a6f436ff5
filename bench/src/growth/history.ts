import { newId } from '@agentfleet/server';
import type pg from 'pg';
import { keyOf } from '../orgs.js';

/** How much there is, in all orgs together. */
export interface Size {
  runs: number;
  eventsPerRun: number;
  approvals: number;
  runners: number;
}

/** A key of each org that asks. */
export interface History {
  /** Its org has seven tenths of all, and a few of what is asked for by name, spread over the year. */
  busy: string;
  /** Its org has nothing at all. */
  idle: string;
}

/** Runs of each kind that few are of: as many in a small history as in a large one, so that the same page is asked for. */
export const few = 20;

/** A run's id as servers make it, from when it was made and a number. */
const idOf = `
CREATE FUNCTION pg_temp.base36(value bigint, width int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(substr('0123456789abcdefghijklmnopqrstuvwxyz', 1 + ((value / (36::numeric ^ (width - 1 - place))::bigint) % 36)::int, 1), '' ORDER BY place)
  FROM generate_series(0, width - 1) place
$$`;

/**
 * A year of runs that have ended, in four orgs. Of every kind that is rare there are `few`, evenly over the year: queued ones,
 * running ones with and without a tool that waits, and those with the label, directory, runner, text or model `rare`.
 * $1 runs, $2 to $5 the orgs, $6 runners.
 */
const runs = `
WITH numbered AS MATERIALIZED (
  SELECT n, now() - interval '365 days' * (1 - n::float8 / ($1::int + 1)) AS at, ($1::int / ${few + 1}) AS stride,
    CASE WHEN n % 10 < 7 OR (n % ($1::int / ${few + 1})) < 10 THEN $2 WHEN n % 10 = 7 THEN $3 WHEN n % 10 = 8 THEN $4 ELSE $5 END AS org,
    n % ($1::int / ${few + 1}) AS odd
  FROM generate_series(1, $1::int) n
), made AS (
  SELECT *, 'clr' || pg_temp.base36((extract(epoch FROM at) * 1000)::bigint, 9) || lpad(n::text, 13, '0') AS id,
    CASE odd WHEN 1 THEN 'QUEUED' WHEN 2 THEN 'RUNNING' WHEN 3 THEN 'RUNNING' ELSE
      CASE WHEN n % 20 = 0 THEN 'FAILED' WHEN n % 33 = 0 THEN 'CANCELLED' ELSE 'SUCCEEDED' END END AS status,
    CASE odd WHEN 4 THEN 'rare' ELSE 'project-' || n % 50 END AS project
  FROM numbered
)
INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, model, labels, thread_id, parent_run_id, lane, runner_id,
  attempt, attempt_token, attempt_outcome, attempts_started, approvals_waiting, last_seq, created_at, queued_at, claimed_at, started_at,
  finished_at, events_pruned_at, lease_expires_at, result, num_turns, cost_usd, usage, failure_code, failure_message, shared_cwd)
SELECT id, org, status::"RunStatus",
  repeat('Look at the tests of part ' || n || ' and mend what is red. ', 4) || CASE odd WHEN 5 THEN 'Begin with the xylophone.' ELSE '' END,
  '/code/' || project, '/code/' || project, 'acceptEdits', CASE odd WHEN 9 THEN 'rare-model' ELSE 'model-' || n % 3 END,
  CASE odd WHEN 6 THEN '{rare,nightly}'::text[] ELSE ARRAY['nightly', 'team-' || n % 20] END,
  CASE odd WHEN 8 THEN 'clrrarethread000000000' ELSE id END, CASE odd WHEN 8 THEN 'clrrarethread000000000' END, 'lane-' || project,
  CASE WHEN status = 'QUEUED' THEN NULL WHEN odd = 7 THEN 'run_rare0000' ELSE 'run_' || substr(org, 5) || lpad((n % $6::int)::text, 6, '0') END,
  1, 'att_' || n, CASE WHEN status IN ('QUEUED', 'RUNNING') THEN NULL ELSE 'finished' END, 1, CASE odd WHEN 3 THEN 1 ELSE 0 END,
  CASE status WHEN 'QUEUED' THEN 0 ELSE $7::int END, at, at, at, at, CASE WHEN status IN ('QUEUED', 'RUNNING') THEN NULL ELSE at + interval '5 min' END,
  NULL, CASE status WHEN 'RUNNING' THEN now() + interval '1 day' END,
  CASE WHEN status = 'SUCCEEDED' THEN repeat('Part ' || n || ' is green again. ', 6) END, 3, 0.01 * (n % 40),
  CASE WHEN status <> 'QUEUED' THEN jsonb_build_object('inputTokens', n % 1000, 'outputTokens', 100, 'cacheReadTokens', 10, 'cacheCreationTokens', 1, 'byModel',
    jsonb_build_object('model-' || n % 3, jsonb_build_object('inputTokens', n % 1000, 'outputTokens', 100, 'cacheReadTokens', 10, 'cacheCreationTokens', 1, 'costUSD', 0.01 * (n % 40), 'costUsd', 0.01 * (n % 40)))) END,
  CASE status WHEN 'FAILED' THEN 'agent_error' END, CASE status WHEN 'FAILED' THEN 'It failed.' END, true
FROM made ORDER BY n`;

/** $1 runners of each org, $2 to $5 orgs. */
const runners = `
INSERT INTO runners (id, org_id, machine_id, name, hostname, platform, arch, version, directories, directory_keys, permission_modes,
  max_concurrent_runs)
SELECT 'run_' || substr(org, 5) || lpad(n::text, 6, '0'), org, gen_random_uuid(), 'machine-' || lpad(n::text, 6, '0'), 'host-' || n, 'linux', 'x64', '0.1.0', '{/code}'::text[], '{/code}'::text[],
  '{default,acceptEdits,plan}'::text[], 4
FROM generate_series(0, $1::int - 1) n, unnest(ARRAY[$2, $3, $4, $5]::text[]) org
UNION ALL SELECT 'run_rare0000', $2, gen_random_uuid(), 'rare', 'rare', 'linux', 'x64', '0.1.0', '{/rare}'::text[], '{/rare}'::text[], '{default}'::text[], 1
UNION ALL SELECT 'run_none0000', $2, gen_random_uuid(), 'none', 'none', 'linux', 'x64', '0.1.0', '{/rare}'::text[], '{/rare}'::text[], '{default}'::text[], 1`;

/** $1 of each run. */
const events = `
INSERT INTO events (run_id, seq, kind, message, data, at, digest)
SELECT r.id, seq, CASE WHEN seq % 2 = 0 THEN 'tool_use' ELSE 'assistant' END, repeat('The file says so. ', 4),
  jsonb_build_object('type', 'assistant', 'name', 'Read', 'id', 'toolu_' || seq), r.created_at, 0
FROM runs r, generate_series(1, $1::int) seq`;

/** One for each of the newest runs. $1 org. */
const images = `
INSERT INTO event_images (run_id, seq, index, type, bytes)
SELECT id, 1, 0, 'image/png', decode(repeat('00', 1000), 'hex') FROM runs WHERE org_id = $1 ORDER BY id DESC LIMIT 100`;

/** Of every so many-th run one, with the state by its number; those of running runs wait. $1 of all runs, $2 approvals. */
const approvals = `
WITH asking AS (
  SELECT r.*, row_number() OVER (ORDER BY r.id) AS n, approvals_waiting > 0 AS waits FROM runs r
  WHERE approvals_waiting > 0 OR (status = 'SUCCEEDED' AND right(id, 13)::bigint % greatest(1, $1::bigint / $2::bigint) = 0)
)
INSERT INTO approvals (id, org_id, run_id, token, request_id, state, tool, message, input, requested_at, expires_at, decided_at, decided_by)
SELECT 'apr_' || substr(id, 4), org_id, id, attempt_token, 'request', (CASE WHEN waits THEN 'waiting'
  WHEN n % greatest(1, $2::bigint / ${few}) = 0 THEN 'expired' WHEN n % greatest(1, $2::bigint / ${few}) = 1 THEN 'withdrawn'
  WHEN n % 3 = 0 THEN 'denied' ELSE 'allowed' END)::"ApprovalState",
  'Bash', 'npm test', '{"command":"npm test"}', created_at, CASE WHEN waits THEN now() + interval '1 day' ELSE created_at + interval '1 hour' END,
  CASE WHEN NOT waits THEN created_at END, CASE WHEN NOT waits THEN 'Ann' END
FROM asking ORDER BY id`;

/** That each run was launched; of those that are rare a pause by another key besides. */
const audit = `
INSERT INTO audit_entries (org_id, id, at, action, actor_kind, actor_id, actor_name, subject_id)
SELECT r.org_id, 'aud_' || lpad(to_hex((extract(epoch FROM r.created_at) * 1000000)::bigint), 14, '0')
    || left(replace(gen_random_uuid()::text, '-', ''), 12),
  r.created_at, told.action, 'key', told.actor, 'Ann', CASE told.action WHEN 'run.launch' THEN r.id ELSE 'run_rare0000' END
FROM runs r CROSS JOIN LATERAL (
  SELECT 'run.launch' AS action, 'key_busy0000' AS actor
  UNION ALL SELECT 'runner.pause', 'key_rare0000' WHERE r.cwd = '/code/rare'
) told ORDER BY r.id`;

/** Fills an empty database of the current schema. */
export async function makeHistory(client: pg.Client, size: Size): Promise<History> {
  const orgs = Array.from({ length: 5 }, () => newId('org_'));
  const [busy = '', ...others] = orgs;
  await client.query(idOf);
  for (const [index, id] of orgs.entries()) {
    await client.query('INSERT INTO orgs (id, name) VALUES ($1, $2)', [id, `org ${index}`]);
  }
  const four = orgs.slice(0, 4);
  const runnersEach = Math.ceil(size.runners / 4);
  await client.query(runners, [runnersEach, ...four]);
  await client.query(runs, [size.runs, ...four, runnersEach, size.eventsPerRun]);
  await client.query(events, [size.eventsPerRun]);
  await client.query(images, [busy]);
  await client.query(approvals, [size.runs, size.approvals]);
  await client.query(audit);
  for (const table of ['runs', 'events', 'approvals', 'runners', 'audit_entries']) {
    await client.query(`VACUUM ANALYZE ${table}`);
  }
  return { busy: await keyOf(client, busy), idle: await keyOf(client, others[3] ?? '') };
}
