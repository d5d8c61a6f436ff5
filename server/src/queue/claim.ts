import type {
  Claim,
  ClaimAnswer,
  Command,
  Heartbeat,
  HeartbeatAnswer,
  HeldLease,
} from '@agentfleet/contract';
import { Bell } from '../db/bell.js';
import type { Database, Statement } from '../db/database.js';
import { notAwaited } from '../db/not-awaited.js';
import { notFound } from '../errors.js';
import type { Dispatchers } from './dispatch/dispatchers.js';
import type { QueuePolicy } from './queue.js';
import { directoryKeys } from './runners.js';
import { commandJson } from './sql/command-json.js';
import { renewLeases, staleLeases } from './sql/renew-leases.js';

/**
 * $1 runner, $2 org, $3 draining, $4 whether it ends now. One that has ended is back when it registers: a claim of its
 * that was still on the way does not count.
 */
const touchRunner: Statement = {
  name: 'touch-runner',
  text: `
WITH ${notAwaited}
UPDATE runners SET last_seen_at = now(), draining = $3,
  left_at = CASE WHEN $4 THEN now() ELSE left_at END,
  polling_until = CASE WHEN $4 THEN NULL ELSE polling_until END
FROM not_awaited WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL RETURNING id`,
};

/** $1 runner, $2 org, $3 name, $4 agent version, $5 directories, $6 their keys, $7 modes, $8 limit. */
const updateFacts: Statement = {
  name: 'update-runner-facts',
  text: `
UPDATE runners SET name = $3, agent_version = $4, directories = $5, directory_keys = $6, permission_modes = $7,
  max_concurrent_runs = $8 WHERE id = $1 AND org_id = $2`,
};

/** $1 runner, $2 org, $3 acknowledged ids. */
const acknowledge: Statement = {
  name: 'acknowledge-commands',
  text: `
UPDATE commands c SET acknowledged_at = now() FROM runs r
WHERE c.runner_id = $1 AND c.id = ANY ($3::text[]) AND c.acknowledged_at IS NULL
  AND r.id = c.run_id AND r.org_id = $2`,
};

/** What is still to be asked of a runner, for runs that it still works on. $1 runner. */
const openCommands: Statement = {
  name: 'open-commands',
  text: `
SELECT ${commandJson('c')} AS command
FROM commands c JOIN runs r ON r.id = c.run_id
WHERE c.runner_id = $1 AND c.acknowledged_at IS NULL AND r.status IN ('CLAIMED', 'RUNNING')
ORDER BY c.created_at`,
};

/** Which of its runs are watched live. $1 runner, $2 run ids, $3 org. */
const watchedRuns: Statement = {
  name: 'watched-runs',
  text: `
SELECT id FROM runs WHERE id = ANY ($2::text[]) AND runner_id = $1 AND org_id IS NOT DISTINCT FROM $3
  AND status IN ('CLAIMED', 'RUNNING') AND watched_until > now()`,
};

/**
 * The share of its wait that a claim may end early, by chance: runners that came together, as after a restart of the
 * server, else came together every half minute from then on, and each time everybody else waited for them.
 */
const earliest = 0.1;

export interface ClaimContext {
  database: Database;
  dispatchers: Dispatchers;
  policy: QueuePolicy;
}

export async function heartbeat(
  { database, policy }: ClaimContext,
  orgId: string,
  runnerId: string,
  request: Heartbeat,
): Promise<HeartbeatAnswer> {
  const [known] = await database.query(touchRunner, [
    runnerId,
    orgId,
    request.draining,
    request.leaving ?? false,
  ]);
  if (!known) throw notFound('runner');
  await acknowledged(database, orgId, runnerId, request);
  const ids = request.leases.map(({ runId }) => runId);
  const watched =
    ids.length === 0 ? [] : await database.query<{ id: string }>(watchedRuns, [runnerId, ids, orgId]);
  const stale = await renew(database, orgId, runnerId, request, policy);
  const commands = await database.query<{ command: Command }>(openCommands, [runnerId]);
  return { stale, commands: commands.map(({ command }) => command), watched: watched.map(({ id }) => id) };
}

/**
 * A heartbeat that waits until there is a run or a command. Runs given to this runner before, whose answer it
 * never saw, come again with the same token.
 */
export async function claim(
  { database, dispatchers, policy }: ClaimContext,
  orgId: string,
  runnerId: string,
  request: Claim,
  signal: AbortSignal,
): Promise<ClaimAnswer> {
  const deadline = performance.now() + request.waitSec * 1_000 * (1 - earliest * Math.random());
  await acknowledged(database, orgId, runnerId, request);
  if (request.facts) await update(database, orgId, runnerId, request.facts);
  const stale = await renew(database, orgId, runnerId, request, policy);

  const bell = new Bell();
  const stop = database.wakeups.listen(`runner:${runnerId}`, () => bell.ring());
  const held = new Set(request.leases.map((lease) => lease.token));
  const dispatcher = dispatchers.of(orgId);
  const seat = dispatcher.enter(
    { runnerId, slots: request.slots, draining: request.draining, until: deadline, held },
    bell,
  );
  try {
    for (;;) {
      if (seat.given.length === 0) await dispatcher.look(seat);
      const active = seat.state?.active?.filter(({ token }) => seat.ask.held.has(token)) ?? [];
      const watched = active.filter((run) => run.watched).map(({ runId }) => runId);
      const answer = { stale, commands: seat.state?.commands ?? [], watched, runs: seat.given };
      const left = deadline - performance.now();
      const news = request.watched !== undefined && !sameRuns(request.watched, watched);
      const something = answer.runs.length > 0 || answer.commands.length > 0 || stale.length > 0 || news;
      if (something || left <= 0 || signal.aborted) return answer;
      await bell.wait(Math.min(left, policy.pollMs), signal);
      if (signal.aborted) return answer;
    }
  } finally {
    dispatcher.leave(seat);
    stop();
  }
}

function sameRuns(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((id) => others.includes(id));
}

async function acknowledged(
  database: Database,
  orgId: string,
  runnerId: string,
  request: Heartbeat,
): Promise<void> {
  const ids = request.acknowledged;
  if (ids.length > 0) await database.query(acknowledge, [runnerId, orgId, ids]);
}

async function update(
  database: Database,
  orgId: string,
  runnerId: string,
  facts: NonNullable<Claim['facts']>,
): Promise<void> {
  const { name, agentVersion, directories, permissionModes, maxConcurrentRuns } = facts;
  const keys = directoryKeys(directories);
  const values = [runnerId, orgId, name, agentVersion, directories, keys, permissionModes, maxConcurrentRuns];
  await database.query(updateFacts, values);
}

async function renew(
  database: Database,
  orgId: string,
  runnerId: string,
  { leases }: Heartbeat,
  policy: QueuePolicy,
): Promise<string[]> {
  if (leases.length === 0) return [];
  const sorted = [...leases].sort((one, other) => (one.runId < other.runId ? -1 : 1));
  const columns = (held: readonly HeldLease[]) => [
    held.map((lease) => lease.runId),
    held.map((lease) => lease.token),
  ];
  const values = [runnerId, ...columns(sorted), policy.leaseMs, orgId];
  const renewed = new Set(
    (await database.query<{ run_id: string }>(renewLeases, values)).map((row) => row.run_id),
  );
  const rest = sorted.filter(({ runId }) => !renewed.has(runId));
  if (rest.length === 0) return [];
  const rows = await database.query<{ run_id: string }>(staleLeases, [runnerId, ...columns(rest), orgId]);
  return rows.map((row) => row.run_id);
}
