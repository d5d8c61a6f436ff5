import type { RegisteredRunner, RegisterRunner, RunnerPause } from '@agentfleet/contract';
import type { Queryable, Statement } from '../db/database.js';
import { notFound } from '../errors.js';
import type { QueuePolicy } from './policy.js';
import { directoryKeys } from './runners.js';

/**
 * After an outage all runners come with it at the same moment. That it registers is the beginning of a process: what used its credential
 * before does not use it at the same time. $1 runner, $2 org, $3 machine, $4 to $12
 * what it says of itself, $13 its credential, $14 process, $15 how many sessions it runs at once.
 */
const registerOwn: Statement = {
  name: 'register-own-runner',
  text: `
WITH own AS (
  UPDATE runners SET name = $4, hostname = $5, platform = $6, arch = $7, version = $8, agent_version = $9, directories = $10,
    directory_keys = $11, permission_modes = $12, max_concurrent_runs = $15, draining = false, left_at = NULL, deleted_at = NULL,
    last_seen_at = now()
  WHERE id = $1 AND org_id = $2 AND machine_id = $3
  RETURNING id, paused_at, paused_by, paused_at_machine, paused_until, pause_note
), begun AS (
  UPDATE api_keys SET runner_instance = $14 WHERE id = $13 AND EXISTS (SELECT FROM own)
)
SELECT id, now() AS "serverTime", paused_at AS at, paused_by AS by, paused_at_machine AS "atMachine", paused_until AS until,
  pause_note AS note
FROM own`,
};

interface Row extends Omit<RunnerPause, 'at' | 'until'> {
  id: string;
  serverTime: Date;
  at: Date | null;
  until: Date | null;
}

/** What a runner speaks with. */
export interface OwnCredential {
  /** The runner that it is of. */
  runnerId: string;
  keyId: string;
  /** What the runner calls its process. */
  instance: string;
}

/** See Queue. */
export async function registerAgain(
  database: Queryable,
  orgId: string,
  request: RegisterRunner,
  { runnerId, keyId, instance }: OwnCredential,
  { heartbeatMs, leaseMs }: QueuePolicy,
): Promise<RegisteredRunner> {
  const [row] = await database.query<Row>(registerOwn, [
    runnerId,
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
    keyId,
    instance,
    request.maxConcurrentRuns,
  ]);
  if (!row) throw notFound('runner');
  const { id, serverTime, at, until, ...pause } = row;
  return {
    ...{ id, heartbeatMs, leaseMs, serverTime: serverTime.toISOString() },
    pause: at && { ...pause, at: at.toISOString(), until: until?.toISOString() ?? null },
  };
}
