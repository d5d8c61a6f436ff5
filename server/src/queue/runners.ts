import {
  type FailureCode,
  type PermissionMode,
  type Platform,
  parseDirectory,
  type RegisteredRunner,
  type RegisterRunner,
  type Runner,
  type RunnersQuery,
} from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue, noted } from '../audit/noted.js';
import type { Database, Queryable, Statement } from '../db/database.js';
import { newId } from '../db/ids.js';
import { ApiError, notFound } from '../errors.js';
import { pauseOf } from './pause.js';
import type { QueuePolicy } from './policy.js';
import { presentFailure } from './present-run.js';
import { isOnline } from './sql/is-online.js';
import { sweep } from './sweep.js';

const columns = `
  r.id, r.name, r.hostname, r.platform, r.arch, r.version, r.agent_version, r.directories, r.permission_modes,
  r.max_concurrent_runs, r.draining, r.paused_at, r.pause_note, r.paused_by, r.paused_at_machine, r.paused_until,
  r.last_seen_at, r.created_at,
  ${isOnline('r', '$2')} AS online,
  (SELECT count(*) FROM runs a WHERE a.org_id = $1 AND a.runner_id = r.id AND a.status IN ('CLAIMED', 'RUNNING')) AS active_runs,
  failed.run_id AS failed_run_id, failed.failure_code, failed.failure_message, failed.failure_resets_at, failed.at AS failed_at,
  k.created_at AS enrolled_at, k.last_used_at, k.conflict_at, e.name AS enrolled_by`;

/** $1 org, $2 online in ms. @param only which SQL of `runners r`, with its order and its bound */
const select = (name: string, only: string): Statement => ({
  name,
  text: `SELECT ${columns} FROM (
  SELECT * FROM runners r WHERE r.org_id = $1 AND r.deleted_at IS NULL AND ${only}
) r
LEFT JOIN LATERAL (
  SELECT a.id AS run_id, a.failure_code, a.failure_message, a.failure_resets_at, COALESCE(a.finished_at, a.created_at) AS at
  FROM (
    SELECT id, status, deleted_at, failure_code, failure_message, failure_resets_at, finished_at, created_at FROM runs
    WHERE runner_id = r.id AND status IN ('SUCCEEDED', 'FAILED', 'CANCELLED') ORDER BY id DESC LIMIT 20
  ) a
  WHERE a.status = 'FAILED' AND a.deleted_at IS NULL ORDER BY a.id DESC LIMIT 1
) failed ON true
LEFT JOIN api_keys k ON k.runner_id = r.id AND k.revoked_at IS NULL LEFT JOIN api_keys e ON e.id = k.enrolled_by
ORDER BY r.name, r.id`,
});
/** $3 most rows. */
const firstRunners = select('select-runners', 'true ORDER BY r.name, r.id LIMIT $3');
/** $3 most rows, $4 the runner they come after. */
const nextRunners = select(
  'select-next-runners',
  `(r.name, r.id) > (SELECT c.name, c.id FROM runners c WHERE c.id = $4 AND c.org_id = $1)
    ORDER BY r.name, r.id LIMIT $3`,
);
/** $3 the runner. */
const oneRunner = select('select-runner', 'r.id = $3');

/** The same machine is the same runner, also after it was forgotten. */
const upsertRunner: Statement = {
  name: 'upsert-runner',
  text: `
INSERT INTO runners (id, org_id, machine_id, name, hostname, platform, arch, version, agent_version, directories,
  directory_keys, permission_modes, max_concurrent_runs)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (org_id, machine_id) DO UPDATE SET
  name = EXCLUDED.name, hostname = EXCLUDED.hostname, platform = EXCLUDED.platform, arch = EXCLUDED.arch,
  version = EXCLUDED.version, agent_version = EXCLUDED.agent_version, directories = EXCLUDED.directories,
  directory_keys = EXCLUDED.directory_keys, permission_modes = EXCLUDED.permission_modes,
  max_concurrent_runs = EXCLUDED.max_concurrent_runs, draining = false, left_at = NULL,
  deleted_at = NULL, last_seen_at = now()
RETURNING id, now() AS server_time, paused_at`,
};

/** $1 runner, $2 org, $3 who. No row when it still holds sessions that are in reach, or does not exist. */
const deleteRunner: Statement = {
  name: 'delete-runner',
  text: `
WITH gone AS (
  UPDATE runners r SET deleted_at = now() WHERE r.id = $1 AND r.org_id = $2 AND r.deleted_at IS NULL
    AND NOT EXISTS (SELECT FROM runs a WHERE a.org_id = $2 AND a.runner_id = r.id AND a.status IN ('CLAIMED', 'RUNNING')
      AND a.lost_at IS NULL)
  RETURNING r.id, r.name
),
noted AS (${noted({
    ...{ by: '$3', action: 'runner.forget', org: '$2', subject: 'gone.id', name: 'gone.name', from: 'gone' },
  })})
SELECT id FROM gone`,
};

interface Registered {
  id: string;
  server_time: Date;
  paused_at: Date | null;
}

interface Row {
  id: string;
  name: string;
  hostname: string;
  platform: Platform;
  arch: string;
  version: string;
  agent_version: string | null;
  directories: string[];
  permission_modes: PermissionMode[];
  max_concurrent_runs: number;
  draining: boolean;
  paused_at: Date | null;
  pause_note: string | null;
  paused_by: string | null;
  paused_at_machine: boolean;
  paused_until: Date | null;
  last_seen_at: Date;
  created_at: Date;
  online: boolean;
  active_runs: number;
  /** Of the newest failure; null where there is none. */
  failed_run_id: string | null;
  failure_code: FailureCode | null;
  failure_message: string | null;
  failure_resets_at: Date | null;
  failed_at: Date;
  /** Of its own credential; null where it has none. */
  enrolled_at: Date | null;
  last_used_at: Date | null;
  conflict_at: Date | null;
  enrolled_by: string | null;
}

/** What the server matches runs against. */
export function directoryKeys(directories: readonly string[]): string[] {
  return directories.map((directory) => parseDirectory(directory)?.key ?? directory);
}

export async function registerRunner(
  database: Queryable,
  orgId: string,
  request: RegisterRunner,
  policy: QueuePolicy,
): Promise<RegisteredRunner> {
  const [row] = await database.query<Registered>(upsertRunner, [
    newId('run_'),
    orgId,
    request.machineId,
    request.name,
    request.hostname,
    request.platform,
    request.arch,
    request.version,
    request.agentVersion,
    request.directories,
    directoryKeys(request.directories),
    request.permissionModes,
    request.maxConcurrentRuns,
  ]);
  if (!row) throw new Error('An upsert returned no row');
  const { heartbeatMs, leaseMs } = policy;
  const pause = await pauseOf(database, orgId, row.id, row.paused_at);
  return { id: row.id, heartbeatMs, leaseMs, serverTime: row.server_time.toISOString(), pause };
}

export async function listRunners(
  database: Database,
  orgId: string,
  { cursor, limit }: RunnersQuery,
  onlineMs: number,
  over?: AbortSignal,
): Promise<{ data: Runner[]; nextCursor: string | null }> {
  if (cursor !== undefined && !(await database.prisma.runner.count({ where: { id: cursor, orgId } }))) {
    throw new ApiError('VALIDATION_FAILED', 'cursor: is not a nextCursor of this list');
  }
  const rows =
    cursor === undefined
      ? await database.ask<Row>(firstRunners, [orgId, onlineMs, limit + 1], over)
      : await database.ask<Row>(nextRunners, [orgId, onlineMs, limit + 1, cursor], over);
  const page = rows.slice(0, limit);
  return { data: page.map(present), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export async function getRunner(
  database: Database,
  orgId: string,
  runnerId: string,
  onlineMs: number,
  over?: AbortSignal,
): Promise<Runner> {
  const [row] = await database.ask<Row>(oneRunner, [orgId, onlineMs, runnerId], over);
  if (!row) throw notFound('runner');
  return present(row);
}

export async function removeRunner(
  database: Database,
  orgId: string,
  runnerId: string,
  policy: QueuePolicy,
  by?: Actor,
): Promise<Runner> {
  const runner = await getRunner(database, orgId, runnerId, policy.onlineMs);
  const [row] = await database.query(deleteRunner, [runnerId, orgId, actorValue(by)]);
  if (!row)
    throw new ApiError('RUNNER_BUSY', 'The runner still has sessions. Cancel them or let them end first.');
  database.wakeups.wake(`runner:${runnerId}`);
  database.changes.runner(orgId, runnerId);
  // What was out of reach there has ended with it.
  await sweep(database, policy);
  return runner;
}

function present(row: Row): Runner {
  return {
    id: row.id,
    name: row.name,
    state: !row.online ? 'offline' : row.paused_at ? 'paused' : row.draining ? 'draining' : 'online',
    online: row.online,
    hostname: row.hostname,
    platform: row.platform,
    arch: row.arch,
    version: row.version,
    agentVersion: row.agent_version,
    directories: row.directories,
    permissionModes: row.permission_modes,
    maxConcurrentRuns: row.max_concurrent_runs,
    activeRuns: row.active_runs,
    pausedAt: row.paused_at?.toISOString() ?? null,
    pauseNote: row.pause_note,
    pausedBy: row.paused_by,
    pausedAtMachine: row.paused_at_machine,
    pausedUntil: row.paused_until?.toISOString() ?? null,
    lastSeenAt: row.last_seen_at.toISOString(),
    createdAt: row.created_at.toISOString(),
    lastFailure: lastFailureOf(row),
    credential: row.enrolled_at && {
      createdAt: row.enrolled_at.toISOString(),
      lastUsedAt: row.last_used_at?.toISOString() ?? null,
      enrolledBy: row.enrolled_by,
      conflictAt: row.conflict_at?.toISOString() ?? null,
    },
  };
}

function lastFailureOf(row: Row): Runner['lastFailure'] {
  const failure = presentFailure({
    failureCode: row.failure_code,
    failureMessage: row.failure_message,
    failureResetsAt: row.failure_resets_at,
  });
  if (row.failed_run_id === null || failure === null) return null;
  return { runId: row.failed_run_id, failure, at: row.failed_at.toISOString() };
}
