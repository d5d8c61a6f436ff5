import type {
  Claim,
  ClaimAnswer,
  ClaimedRun,
  Command,
  Heartbeat,
  HeartbeatAnswer,
} from '@agentfleet/contract';
import { Bell } from '../db/bell.js';
import type { Database, Statement } from '../db/database.js';
import { newAttemptToken } from '../db/ids.js';
import { notFound } from '../errors.js';
import { presentRun, storedRun } from './present-run.js';
import type { QueuePolicy } from './queue.js';
import { directoryKeys } from './runners.js';
import { claimAgain, claimRuns } from './sql/claim-runs.js';
import { renewLeases } from './sql/renew-leases.js';

/** $1 runner, $2 org, $3 draining, $4 for how many ms a claim is open, or null for a heartbeat. */
const touchRunner: Statement = {
  name: 'touch-runner',
  text: `
UPDATE runners SET last_seen_at = now(), draining = $3,
  polling_until = CASE WHEN $4::int IS NULL THEN polling_until ELSE now() + $4 * interval '1 ms' END
WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL RETURNING id`,
};

/** $1 runner, $2 name, $3 agent version, $4 directories, $5 their keys, $6 modes, $7 limit. */
const updateFacts: Statement = {
  name: 'update-runner-facts',
  text: `
UPDATE runners SET name = $2, agent_version = $3, directories = $4, directory_keys = $5, permission_modes = $6,
  max_concurrent_runs = $7 WHERE id = $1`,
};

/** $1 runner, $2 acknowledged ids. */
const acknowledge: Statement = {
  name: 'acknowledge-commands',
  text: `UPDATE commands SET acknowledged_at = now()
WHERE runner_id = $1 AND id = ANY ($2::text[]) AND acknowledged_at IS NULL`,
};

/** What is still to be asked of a runner, for runs that it still works on. $1 runner. */
const openCommands: Statement = {
  name: 'open-commands',
  text: `
SELECT c.id, c.run_id AS "runId", c.kind FROM commands c JOIN runs r ON r.id = c.run_id
WHERE c.runner_id = $1 AND c.acknowledged_at IS NULL AND r.status IN ('CLAIMED', 'RUNNING')
ORDER BY c.created_at`,
};

const uniqueViolation = '23505';

export async function heartbeat(
  database: Database,
  orgId: string,
  runnerId: string,
  request: Heartbeat,
  policy: QueuePolicy,
): Promise<HeartbeatAnswer> {
  await touch(database, orgId, runnerId, request, null);
  return {
    stale: await renew(database, runnerId, request, policy),
    commands: await commands(database, runnerId),
  };
}

/**
 * A heartbeat that waits until there is a run or a command. Runs given to this runner before, whose answer it
 * never saw, come again with the same token.
 */
export async function claim(
  database: Database,
  orgId: string,
  runnerId: string,
  request: Claim,
  signal: AbortSignal,
  policy: QueuePolicy,
): Promise<ClaimAnswer> {
  const deadline = performance.now() + request.waitSec * 1_000;
  const bell = new Bell();
  // Listening begins before the first look, so that nothing slips between look and wait.
  const stops = [
    database.wakeups.listen(`runner:${runnerId}`, () => bell.ring()),
    request.slots > 0 ? database.wakeups.listen(`queue:${orgId}`, () => bell.ring()) : () => undefined,
  ];
  try {
    await touch(database, orgId, runnerId, request, request.waitSec * 1_000);
    if (request.facts) {
      const { name, agentVersion, directories, permissionModes, maxConcurrentRuns } = request.facts;
      const keys = directoryKeys(directories);
      const values = [runnerId, name, agentVersion, directories, keys, permissionModes, maxConcurrentRuns];
      await database.query(updateFacts, values);
    }
    const stale = await renew(database, runnerId, request, policy);
    for (;;) {
      const runs = await take(database, orgId, runnerId, request, policy);
      const answer = { stale, commands: await commands(database, runnerId), runs };
      const left = deadline - performance.now();
      if (runs.length > 0 || answer.commands.length > 0 || stale.length > 0 || left <= 0 || signal.aborted) {
        return answer;
      }
      await bell.wait(Math.min(left, policy.pollMs), signal);
      if (signal.aborted) return answer;
    }
  } finally {
    for (const stop of stops) stop();
  }
}

async function touch(
  database: Database,
  orgId: string,
  runnerId: string,
  request: Heartbeat,
  pollingMs: number | null,
): Promise<void> {
  const [row] = await database.query(touchRunner, [runnerId, orgId, request.draining, pollingMs]);
  if (!row) throw notFound('runner');
  if (request.acknowledged.length > 0) await database.query(acknowledge, [runnerId, request.acknowledged]);
}

async function renew(
  database: Database,
  runnerId: string,
  { leases }: Heartbeat,
  policy: QueuePolicy,
): Promise<string[]> {
  if (leases.length === 0) return [];
  const ids = leases.map((lease) => lease.runId);
  const tokens = leases.map((lease) => lease.token);
  const rows = await database.query<{ run_id: string }>(renewLeases, [runnerId, ids, tokens, policy.leaseMs]);
  return rows.map((row) => row.run_id);
}

function commands(database: Database, runnerId: string): Promise<Command[]> {
  return database.query<Command>(openCommands, [runnerId]);
}

async function take(
  database: Database,
  orgId: string,
  runnerId: string,
  request: Claim,
  policy: QueuePolicy,
): Promise<ClaimedRun[]> {
  const held = request.leases.map((lease) => lease.token);
  const again = await database.query<Row>(claimAgain, [runnerId, orgId, held, policy.leaseMs]);
  const runs = again.map(present);
  while (runs.length < request.slots && !request.draining) {
    const tokens = Array.from({ length: request.slots - runs.length }, newAttemptToken);
    const rows = await claimOnce(database, [runnerId, orgId, tokens, policy.leaseMs]);
    if (rows.length === 0) break;
    runs.push(...rows.map(present));
    for (const { id } of rows) database.wakeups.wake(`run:${id}`);
  }
  return runs;
}

/** A unique index refused what two claims at once would have got wrong: the second look sees what the first did. */
async function claimOnce(database: Database, values: unknown[]): Promise<Row[]> {
  try {
    return await database.query<Row>(claimRuns, values);
  } catch (error) {
    if ((error as { code?: string }).code !== uniqueViolation) throw error;
    return database.query<Row>(claimRuns, values);
  }
}

type Row = Record<string, unknown> & {
  id: string;
  attempt_token: string;
  lease_expires_at: Date;
  resume_session_id: string | null;
};

function present(row: Row): ClaimedRun {
  const run = presentRun(storedRun(row));
  return {
    id: run.id,
    token: row.attempt_token,
    attempt: run.attempt,
    threadId: run.threadId,
    input: run.input,
    cwd: run.cwd,
    permissionMode: run.permissionMode,
    model: run.model,
    resumeSessionId: row.resume_session_id,
    timeoutSec: run.timeoutSec,
    stallSec: run.stallSec,
    maxTurns: run.maxTurns,
    maxBudgetUsd: run.maxBudgetUsd,
    leaseExpiresAt: row.lease_expires_at.toISOString(),
    mayRunAgain: run.retry.maxAttempts > 1,
    lastSeq: run.lastSeq,
  };
}
