import type { Database, Statement } from '../db/database.js';
import type { Run } from '../db/generated/client.js';
import { defaultPolicy } from '../queue/policy.js';
import { readSituation, whyQueued } from '../queue/why-queued.js';

/** A run that has not gone on for a while. */
export interface StuckRun {
  id: string;
  status: string;
  cwd: string;
  /** ms */
  forMs: number;
  why: string;
}

/** Most that are told. */
export const mostStuck = 200;

/** Of runs that wait in the queue, have not begun, wait for a person, are out of reach or have said nothing. $1 org, $2 ms, $3 most. */
const stuckRuns: Statement = {
  name: 'find-stuck-runs',
  text: `
SELECT id, status, since.at AS since, lost_at IS NOT NULL AS lost, stalled_at IS NOT NULL AS stalled,
  approvals_waiting AS approvals, cancel_requested_at IS NOT NULL AS cancelled, r.runner
FROM (
  SELECT runs.*, (SELECT name FROM runners WHERE runners.id = runs.runner_id) AS runner FROM runs
  WHERE org_id = $1 AND status IN ('QUEUED', 'CLAIMED', 'RUNNING') AND deleted_at IS NULL
) r
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN r.status = 'QUEUED' THEN r.queued_at
    WHEN r.lost_at IS NOT NULL THEN r.lost_at
    WHEN r.cancel_requested_at IS NOT NULL THEN r.cancel_requested_at
    WHEN r.status = 'CLAIMED' THEN r.claimed_at
    ELSE COALESCE((SELECT e.at FROM events e WHERE e.run_id = r.id ORDER BY e.seq DESC LIMIT 1), r.started_at)
  END AS at
) since
WHERE since.at < now() - $2::bigint * interval '1 millisecond'
ORDER BY since.at, id LIMIT $3`,
};

interface Row {
  id: string;
  status: string;
  since: string;
  lost: boolean;
  stalled: boolean;
  approvals: number;
  cancelled: boolean;
  runner: string | null;
}

/**
 * The org's runs that have not gone on for so long, longest first, each with why; one more than `mostStuck` where there are more.
 * @param forMs ms
 */
export async function findStuck(database: Database, orgId: string, forMs: number): Promise<StuckRun[]> {
  const rows = await database.query<Row>(stuckRuns, [orgId, forMs, mostStuck + 1]);
  const runs = await database.prisma.run.findMany({ where: { id: { in: rows.map(({ id }) => id) } } });
  const known = new Map(runs.map((run) => [run.id, run]));
  const situation = await readSituation(database, orgId, runs, defaultPolicy);
  const now = await database.now();
  return rows.flatMap((row) => {
    const run = known.get(row.id);
    if (!run) return [];
    const { id, status } = row;
    const why = row.status === 'QUEUED' ? whyQueued(run, situation).message : whyActive(row, run);
    return [{ id, status, cwd: run.cwd, forMs: now - Date.parse(row.since), why }];
  });
}

function whyActive({ lost, stalled, approvals, cancelled, runner, status }: Row, run: Run): string {
  const who = `The runner ${runner ?? run.runnerId ?? ''}`;
  if (lost) return `${who} has not been heard of since.`;
  if (cancelled) return `${who} was asked to cancel it and has not said that it did.`;
  if (status === 'CLAIMED') return `${who} took it and has not begun.`;
  if (approvals > 0) return `It waits for a person: ${approvals} of its tools ask for permission.`;
  if (stalled) return 'It has produced nothing for longer than it may.';
  return 'It runs, and nothing has been added to its log since.';
}
