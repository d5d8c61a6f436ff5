import { covers, type DirectoryHolder, type QueueReason, type QueueWait } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import type { Run as StoredRun } from '../db/generated/client.js';
import type { QueuePolicy } from './policy.js';
import { isOnline } from './sql/is-online.js';

/** What of a queued run decides why it waits. */
export type QueuedRun = Pick<
  StoredRun,
  'cwd' | 'cwdKey' | 'sharedCwd' | 'permissionMode' | 'pinned' | 'runnerId' | 'ready' | 'parentRunId'
>;

const isActive = `a.status IN ('CLAIMED', 'RUNNING')`;

/** The org's runners with what they hold, and how much of it is out of reach. $1 org, $2 online in ms. */
const candidates: Statement = {
  name: 'why-queued-candidates',
  text: `
SELECT r.id, r.name, r.platform, r.directory_keys, r.permission_modes, r.max_concurrent_runs, r.draining,
  r.paused_at IS NOT NULL AS paused, ${isOnline('r', '$2')} AS online, held.active, held.lost, held.places
FROM runners r CROSS JOIN LATERAL (
  SELECT count(*) AS active, count(a.lost_at) AS lost, COALESCE(jsonb_agg(jsonb_build_object(
    'id', a.id, 'key', a.cwd_key, 'shared', a.shared_cwd, 'lost', a.lost_at IS NOT NULL,
    'since', COALESCE(a.started_at, a.claimed_at), 'waiting', a.approvals_waiting)), '[]') AS places
  FROM runs a WHERE a.org_id = $1 AND a.runner_id = r.id AND ${isActive}
) held
WHERE r.org_id = $1 AND r.deleted_at IS NULL`,
};

/** $1 org. */
const orgLoad: Statement = {
  name: 'why-queued-org-load',
  text: `
SELECT max_concurrent_runs AS most,
  (SELECT count(*) FROM runs a WHERE org_id = $1 AND ${isActive}) AS active,
  (SELECT count(a.lost_at) FROM runs a WHERE org_id = $1 AND ${isActive}) AS lost
FROM orgs WHERE id = $1`,
};

/** $1 ids. */
const parentsOf: Statement = {
  name: 'why-queued-parents',
  text: `
SELECT r.id, r.status, r.lost_at IS NOT NULL AS lost FROM unnest($1::text[]) AS asked(id) CROSS JOIN LATERAL (
  SELECT id, status, lost_at FROM runs WHERE id = asked.id OFFSET 0
) r`,
};

export interface Candidate {
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
  /** Where its sessions work. */
  places: Place[];
}

interface Place {
  id: string;
  key: string;
  shared: boolean;
  lost: boolean;
  since: string;
  waiting: number;
}

/** What queued runs of an org meet at this moment. */
export interface Situation {
  runners: Candidate[];
  org: { most: number | null; active: number; lost: number } | undefined;
  parents: Map<string, { status: string; lost: boolean }>;
}

/** Reads it once, for however many of the org's runs. */
export async function readSituation(
  database: Database,
  orgId: string,
  runs: readonly QueuedRun[],
  { onlineMs }: QueuePolicy,
  over?: AbortSignal,
): Promise<Situation> {
  const parentIds = [
    ...new Set(runs.flatMap(({ ready, parentRunId }) => (ready ? [] : (parentRunId ?? [])))),
  ];
  const [runners, [org], parents] = await Promise.all([
    database.ask<Candidate>(candidates, [orgId, onlineMs], over),
    database.ask<{ most: number | null; active: number; lost: number }>(orgLoad, [orgId], over),
    parentIds.length === 0
      ? []
      : database.query<{ id: string; status: string; lost: boolean }>(parentsOf, [parentIds]),
  ]);
  return { runners, org, parents: new Map(parents.map(({ id, ...parent }) => [id, parent])) };
}

/** The online runners that may take it. */
export function eligibleFor(run: QueuedRun, { runners }: Situation): Candidate[] {
  return runners.filter(
    (runner) =>
      runner.online &&
      (run.pinned
        ? runner.id === run.runnerId
        : coversRun(runner, run) && runner.permission_modes.includes(run.permissionMode)),
  );
}

/** Why it waits, in a code and a sentence. */
export function whyQueued(run: QueuedRun, situation: Situation): QueueWait {
  const [reason, message] = reasonOf(run, situation);
  return { reason, message };
}

function reasonOf(run: QueuedRun, situation: Situation): [QueueReason, string] {
  const { runners, org } = situation;
  if (!run.ready) return threadReason(run, situation);
  if (runners.length === 0)
    return ['no_runner_registered', 'No runner has ever connected. Start one on a machine of yours.'];
  const eligible = eligibleFor(run, situation);
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
        ? `The online runners that allow ${run.cwd} do not allow the mode ${run.permissionMode}. Add it to ALLOWED_PERMISSION_MODES of one.${ofRoot(run)}`
        : `No online runner allows ${run.cwd}. Add the directory to a runner’s ALLOWED_DIRS.`,
    ];
  }
  const awake = eligible.filter((runner) => !runner.paused && !runner.draining);
  if (awake.length === 0) return ['runner_paused', 'Every runner that may take it is paused or draining.'];
  if (org && org.most !== null && org.active >= org.most)
    return ['org_limit', `The org runs as many sessions as it may at once${lostAmong(org.lost)}.`];
  const free = awake.filter((runner) => runner.active < runner.max_concurrent_runs);
  if (free.length === 0) {
    const lost = awake.reduce((sum, runner) => sum + runner.lost, 0);
    return ['runner_busy', `Every runner that may take it is at its limit of sessions${lostAmong(lost)}.`];
  }
  const inTheWay = free.map((runner) => inTheWayOf(run, runner));
  if (inTheWay.every((places) => places.length > 0)) {
    const isLost = inTheWay.some((places) => places.some(({ lost }) => lost));
    const who = isLost ? 'A session that is out of reach' : 'Another session';
    return ['directory_busy', `${who} works in ${run.cwd}. Set sharedCwd to allow several at once.`];
  }
  return ['ready', 'A runner takes it next.'];
}

/** Claude Code refuses that mode to root, whatever a runner's settings say. */
const ofRoot = ({ permissionMode }: QueuedRun) =>
  permissionMode === 'bypassPermissions'
    ? ' A runner of root does not offer it in any case: run that as another user.'
    : '';

const inTheWayOf = (run: QueuedRun, { places }: Candidate) =>
  places.filter(({ key, shared }) => key === run.cwdKey && !(shared && run.sharedCwd));

/** Who works in the directory that a run waits for, longest; null where nobody does. */
export function holderOf(run: QueuedRun, situation: Situation): DirectoryHolder | null {
  const [holder] = eligibleFor(run, situation)
    .flatMap((runner) => inTheWayOf(run, runner))
    .sort((one, other) => Date.parse(one.since) - Date.parse(other.since));
  if (!holder) return null;
  const { id, since, shared, waiting } = holder;
  return { runId: id, since: new Date(since).toISOString(), shared, approvalsWaiting: waiting };
}

function threadReason({ parentRunId }: QueuedRun, { parents }: Situation): [QueueReason, string] {
  const parent = parents.get(parentRunId ?? '');
  if (parent?.status === 'RUNNING' && parent.lost) {
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

function coversRun(runner: Candidate, run: QueuedRun): boolean {
  return runner.directory_keys.some((key) => covers(key, run.cwdKey, runner.platform === 'darwin'));
}
