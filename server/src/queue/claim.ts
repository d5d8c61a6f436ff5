import type { Claim, ClaimAnswer, Heartbeat, HeartbeatAnswer, HeldLease } from '@agentfleet/contract';
import { Bell } from '../db/bell.js';
import type { Database, Statement } from '../db/database.js';
import { notFound } from '../errors.js';
import type { ForRunner } from '../inquiries/inquiries.js';
import type { Dispatchers } from './dispatch/dispatchers.js';
import { pauseOf } from './pause.js';
import type { QueuePolicy } from './policy.js';
import { directoryKeys } from './runners.js';
import { type HeartbeatRow, heartbeatRunner } from './sql/heartbeat.js';
import { mostLeases, renewLeases, type StaleRow, staleLeases } from './sql/renew-leases.js';
import { sweep } from './sweep.js';
import { runChanged } from './wake.js';

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

/**
 * The share of its wait that a claim may end early, by chance: runners that came together, as after a restart of the
 * server, else came together every half minute from then on, and each time everybody else waited for them.
 */
const earliest = 0.1;

type Lost = Pick<HeartbeatAnswer, 'stale' | 'unknown' | 'deleted'>;

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
  await acknowledged(database, orgId, runnerId, request);
  const leases = inOrder(request.leases);
  const values = [
    runnerId,
    ...columns(leases),
    policy.leaseMs,
    orgId,
    request.draining,
    request.leaving ?? false,
  ];
  const [row] = await database.query<HeartbeatRow>(heartbeatRunner, values);
  if (!row) throw notFound('runner');
  for (const runId of row.back) runChanged(database, orgId, runId);
  // What it does not name is no longer there.
  if (request.leaving) {
    database.changes.runner(orgId, runnerId);
    await sweep(database, policy);
  }
  const lost = await lostOf(database, orgId, runnerId, leases, row.renewed);
  const serverTime = row.server_time.toISOString();
  const pause = await pauseOf(database, orgId, runnerId, row.paused_at);
  return { ...lost, commands: row.commands ?? [], pause, watched: row.watched, serverTime };
}

/**
 * A heartbeat that waits until there is a run, a command or an inquiry. Runs given to this runner before, whose answer it
 * never saw, come again with the same token.
 */
export async function claim(
  { database, dispatchers, policy }: ClaimContext,
  orgId: string,
  runnerId: string,
  request: Claim,
  signal: AbortSignal,
  asked?: ForRunner,
): Promise<ClaimAnswer> {
  const toldAt = performance.now();
  const deadline = toldAt + request.waitSec * 1_000 * (1 - earliest * Math.random());
  await acknowledged(database, orgId, runnerId, request);
  if (request.facts) await update(database, orgId, runnerId, request.facts);
  const lost = await renew(database, orgId, runnerId, request, policy);

  const bell = new Bell(signal);
  const held = new Set(request.leases.map((lease) => lease.token));
  const dispatcher = dispatchers.of(orgId);
  const waiter = dispatcher.enter(
    {
      runnerId,
      slots: request.slots,
      draining: request.draining,
      until: deadline,
      held,
      toldAt: request.leases.length < mostLeases ? toldAt : undefined,
    },
    bell,
  );
  const stops = [
    database.wakeups.listen(`runner:${runnerId}`, () => bell.ring()),
    database.wakeups.listen(`ended:${runnerId}`, () => dispatcher.sessionEnded(waiter)),
    ...(asked ? [asked.listen(() => bell.ring())] : []),
  ];
  try {
    for (;;) {
      if (waiter.given.length === 0) await dispatcher.look(waiter);
      const active = waiter.state?.active?.filter(({ token }) => waiter.ask.held.has(token)) ?? [];
      const watched = active.filter((run) => run.watched).map(({ runId }) => runId);
      const answer = { ...lost, commands: waiter.state?.commands ?? [], watched, runs: waiter.given };
      const left = deadline - performance.now();
      const pausedAt = waiter.state?.pausedAt ?? null;
      const news =
        (request.watched !== undefined && !sameRuns(request.watched, watched)) ||
        (request.pausedAt !== undefined && request.pausedAt !== (pausedAt?.toISOString() ?? null));
      const inquiries = asked?.take() ?? [];
      const something =
        inquiries.length > 0 ||
        answer.runs.length > 0 ||
        answer.commands.length > 0 ||
        lost.stale.length > 0 ||
        news;
      const isOver = something || left <= 0 || signal.aborted;
      if (!isOver) await bell.wait(Math.min(left, nextPoll(policy.pollMs)));
      if (isOver || signal.aborted) {
        const pause = await pauseOf(database, orgId, runnerId, pausedAt);
        return { ...answer, ...(inquiries.length > 0 && { inquiries }), pause };
      }
    }
  } finally {
    dispatcher.leave(waiter);
    for (const stop of stops) stop();
    bell.close();
  }
}

/** Polls fall on the ticks of one clock, ten to `pollMs`: those of a tick share their statements. @returns ms until then */
function nextPoll(pollMs: number): number {
  const tick = pollMs / 10;
  return pollMs - (performance.now() % tick);
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
  database.changes.runner(orgId, runnerId);
}

async function renew(
  database: Database,
  orgId: string,
  runnerId: string,
  request: Heartbeat,
  policy: QueuePolicy,
): Promise<Lost> {
  if (request.leases.length === 0) return { stale: [] };
  const leases = inOrder(request.leases);
  const values = [runnerId, ...columns(leases), policy.leaseMs, orgId];
  const rows = await database.query<{ run_id: string; back: boolean }>(renewLeases, values);
  for (const { run_id, back } of rows) if (back) runChanged(database, orgId, run_id);
  const renewed = rows.map((row) => row.run_id);
  return lostOf(database, orgId, runnerId, leases, renewed);
}

/** Of leases that were not all renewed, the runs whose sessions are to be stopped. */
async function lostOf(
  database: Database,
  orgId: string,
  runnerId: string,
  leases: readonly HeldLease[],
  renewed: readonly string[],
): Promise<Lost> {
  const rest = leases.filter(({ runId }) => !renewed.includes(runId));
  if (rest.length === 0) return { stale: [] };
  const rows = await database.query<StaleRow>(staleLeases, [runnerId, ...columns(rest), orgId]);
  const stale = rows.map((row) => row.run_id);
  if (stale.length === 0) return { stale };
  const unknown = rows.filter((row) => row.unknown).map((row) => row.run_id);
  const deleted = rows.filter((row) => row.deleted).map((row) => row.run_id);
  return { stale, unknown, ...(deleted.length > 0 && { deleted }) };
}

const inOrder = (leases: readonly HeldLease[]) =>
  [...leases].sort((one, other) => (one.runId < other.runId ? -1 : 1));

const columns = (held: readonly HeldLease[]) => [
  held.map((lease) => lease.runId),
  held.map((lease) => lease.token),
];
