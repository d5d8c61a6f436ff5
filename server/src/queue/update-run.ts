import type { Run, UpdateRun } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue, noted } from '../audit/noted.js';
import type { Database, Statement } from '../db/database.js';
import { notFound } from '../errors.js';
import { presentRun, storedRun } from './present-run.js';
import { wholeRunColumns } from './sql/run-columns.js';
import { runChanged, wakeForEnd, wakeForRun } from './wake.js';

/**
 * $1 run, $2 org, $3 labels, $4 whether it shares its directory, null leaves either as it is; $5 who: what changes nothing is not told of.
 * The lane says it too: lanes.ts.
 */
const changeRun: Statement = {
  name: 'change-run',
  text: `
WITH changed AS (
  UPDATE runs r SET labels = COALESCE($3::text[], r.labels), shared_cwd = COALESCE($4::bool, r.shared_cwd),
    lane = CASE WHEN $4::bool IS NULL THEN r.lane
      ELSE regexp_replace(r.lane, '[|](shared|alone)$', CASE WHEN $4::bool THEN '|shared' ELSE '|alone' END) END
  WHERE r.id = $1 AND r.org_id = $2 AND r.deleted_at IS NULL
  RETURNING ${wholeRunColumns}
),
noted AS (${noted({
    ...{ by: '$5', action: 'run.change', org: '$2', subject: 'changed.id' },
    from: `(SELECT changed.id FROM changed JOIN runs was ON was.id = changed.id
      WHERE was.labels <> changed.labels OR was.shared_cwd <> changed.shared_cwd) changed`,
    detail: `jsonb_strip_nulls(jsonb_build_object('labels', to_jsonb($3::text[]), 'sharedCwd', $4::bool))`,
  })})
SELECT * FROM changed`,
};

/** What is changed so decides at most on what begins next, never on how a session that runs goes on. */
export async function updateRun(
  database: Database,
  orgId: string,
  runId: string,
  { labels, sharedCwd }: UpdateRun,
  by?: Actor,
): Promise<Run> {
  const values = [runId, orgId, labels ?? null, sharedCwd ?? null, actorValue(by)];
  const [row] = await database.query<Record<string, unknown>>(changeRun, values);
  if (!row) throw notFound('run');
  const run = presentRun(storedRun(row));
  runChanged(database, orgId, runId);
  if (sharedCwd !== undefined) {
    if (run.status === 'QUEUED') wakeForRun(database, orgId, run.runnerId);
    // It left room in its directory, as an end does.
    else if (run.finishedAt === null) wakeForEnd(database, orgId, run.runnerId);
  }
  return run;
}
