import { covers, type QueuePlace, type QueueReason } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import type { Run as StoredRun } from '../db/generated/client.js';
import type { QueuePolicy } from './queue.js';
import { isOnline } from './sql/is-online.js';

const isActive = `a.status IN ('CLAIMED', 'RUNNING')`;

/** The org's runners with their load, and how much of it is out of reach. $1 org, $2 online in ms, $3 directory key. */
const candidates: Statement = {
  name: 'explain-candidates',
  text: `
SELECT r.id, r.name, r.platform, r.directory_keys, r.permission_modes, r.max_concurrent_runs, r.draining,
  r.paused_at IS NOT NULL AS paused, ${isOnline('r', '$2')} AS online,
  held.active, held.lost, held.directory_busy, held.directory_lost
FROM runners r CROSS JOIN LATERAL (
  SELECT count(*) AS active, count(a.lost_at) AS lost,
    COALESCE(bool_or(in_the_way), false) AS directory_busy,
    COALESCE(bool_or(in_the_way AND a.lost_at IS NOT NULL), false) AS directory_lost
  FROM runs a CROSS JOIN LATERAL (SELECT a.cwd_key = $3 AND NOT (a.shared_cwd AND $4) AS in_the_way) place
  WHERE a.runner_id = r.id AND ${isActive}
) held
WHERE r.org_id = $1 AND r.deleted_at IS NULL`,
};

/** $1 org, $2 queue priority, $3 queue order, $4 pinned runner or null. Counts to 10,000 at most. */
const runsAhead: Statement = {
  name: 'explain-runs-ahead',
  text: `
SELECT count(*) AS ahead FROM (
  SELECT FROM runs WHERE org_id = $1 AND status = 'QUEUED' AND ready
    AND (queue_priority > $2 OR (queue_priority = $2 AND queue_order < $3))
    AND (NOT pinned OR $4::text IS NULL OR runner_id = $4)
  LIMIT 10000) ahead`,
};

/** $1 org. */
const orgLoad: Statement = {
  name: 'explain-org-load',
  text: `
SELECT max_concurrent_runs AS most,
  (SELECT count(*) FROM runs a WHERE org_id = $1 AND ${isActive}) AS active,
  (SELECT count(a.lost_at) FROM runs a WHERE org_id = $1 AND ${isActive}) AS lost
FROM orgs WHERE id = $1`,
};

interface Candidate {
  id: string;
  name: string;
  platform: string;
  directory_keys: string[];
  permission_modes: string[];
  max_concurrent_runs: number;
  draining: boolean;
  paused: boolean;
  online: boolean;
  active: number;
  lost: number;
  directory_busy: boolean;
  /** The session that is in the way there is out of reach. */
  directory_lost: boolean;
}

/** Why a queued run waits, in a code and a sentence, and how many runs go before it. */
export async function explain(database: Database, run: StoredRun, policy: QueuePolicy): Promise<QueuePlace> {
  const values = [run.orgId, policy.onlineMs, run.cwdKey, run.sharedCwd];
  const runners = await database.query<Candidate>(candidates, values);
  const [order] = await database.query<{ ahead: number }>(runsAhead, [
    run.orgId,
    run.queuePriority,
    Number(run.queueOrder),
    run.pinned ? run.runnerId : null,
  ]);
  const [org] = await database.query<{ most: number | null; active: number; lost: number }>(orgLoad, [
    run.orgId,
  ]);
  const eligible = runners.filter(
    (runner) =>
      runner.online &&
      (run.pinned
        ? runner.id === run.runnerId
        : coversRun(runner, run) && runner.permission_modes.includes(run.permissionMode)),
  );
  const position = (order?.ahead ?? 0) + 1;
  const fullOrg = org !== undefined && org.most !== null && org.active >= org.most ? org : undefined;
  const [reason, message] = await reasonOf(database, run, runners, eligible, fullOrg);
  return { reason, message, position, eligibleRunners: eligible.length };
}

async function reasonOf(
  database: Database,
  run: StoredRun,
  runners: Candidate[],
  eligible: Candidate[],
  fullOrg: { lost: number } | undefined,
): Promise<[QueueReason, string]> {
  if (!run.ready) return threadReason(database, run);
  if (runners.length === 0)
    return ['no_runner_registered', 'No runner has ever connected. Start one on a machine of yours.'];
  if (run.pinned) {
    const own = runners.find((runner) => runner.id === run.runnerId);
    if (!own?.online)
      return ['runner_offline', `The runner ${own?.name ?? ''} is offline. The run starts when it returns.`];
  } else if (!runners.some((runner) => runner.online)) {
    return [
      'no_runner_online',
      'No runner is online. The run starts when one that covers its directory returns.',
    ];
  } else if (eligible.length === 0) {
    const covered = runners.some((runner) => runner.online && coversRun(runner, run));
    return [
      'directory_not_covered',
      covered
        ? `The online runners that allow ${run.cwd} do not allow the mode ${run.permissionMode}. Add it to ALLOWED_PERMISSION_MODES of one.`
        : `No online runner allows ${run.cwd}. Add the directory to a runner’s ALLOWED_DIRS.`,
    ];
  }
  const awake = eligible.filter((runner) => !runner.paused && !runner.draining);
  if (awake.length === 0) return ['runner_paused', 'Every runner that may take it is paused or draining.'];
  if (fullOrg)
    return ['org_limit', `The org runs as many sessions as it may at once${lostAmong(fullOrg.lost)}.`];
  const free = awake.filter((runner) => runner.active < runner.max_concurrent_runs);
  if (free.length === 0) {
    const lost = awake.reduce((sum, runner) => sum + runner.lost, 0);
    return ['runner_busy', `Every runner that may take it is at its limit of sessions${lostAmong(lost)}.`];
  }
  if (free.every((runner) => runner.directory_busy)) {
    const who = free.some((runner) => runner.directory_lost)
      ? 'A session that is out of reach'
      : 'Another session';
    return ['directory_busy', `${who} works in ${run.cwd}. Set sharedCwd to allow several at once.`];
  }
  return ['ready', 'A runner takes it next.'];
}

async function threadReason(database: Database, run: StoredRun): Promise<[QueueReason, string]> {
  const parent = await database.prisma.run.findUnique({
    where: { id: run.parentRunId ?? '' },
    select: { status: true, lostAt: true },
  });
  if (parent?.status === 'RUNNING' && parent.lostAt !== null) {
    return [
      'parent_running',
      'The session it follows up is out of reach. It goes on when that has ended, or is given up.',
    ];
  }
  return parent && ['QUEUED', 'CLAIMED', 'RUNNING'].includes(parent.status)
    ? ['parent_running', 'The session it follows up has not ended yet.']
    : ['thread_busy', 'Another follow-up of the same thread goes first.'];
}

/** Such sessions keep their places until they are back or given up. */
const lostAmong = (count: number) => (count > 0 ? `, ${count} of them out of reach` : '');

function coversRun(runner: Candidate, run: StoredRun): boolean {
  return runner.directory_keys.some((key) => covers(key, run.cwdKey, runner.platform === 'darwin'));
}
