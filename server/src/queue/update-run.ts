import type { Run, UpdateRun } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import { notFound } from '../errors.js';
import { presentRun, storedRun } from './present-run.js';
import { wholeRunColumns } from './sql/run-columns.js';
import { runChanged } from './wake.js';

/** $1 run, $2 org, $3 labels, or null for those it has. */
const relabelRun: Statement = {
  name: 'relabel-run',
  text: `
UPDATE runs r SET labels = COALESCE($3::text[], r.labels)
WHERE r.id = $1 AND r.org_id = $2 AND r.deleted_at IS NULL
RETURNING ${wholeRunColumns}`,
};

/** Nothing of how a run goes on depends on what may be changed so. */
export async function updateRun(
  database: Database,
  orgId: string,
  runId: string,
  { labels }: UpdateRun,
): Promise<Run> {
  const [row] = await database.query<Record<string, unknown>>(relabelRun, [runId, orgId, labels ?? null]);
  if (!row) throw notFound('run');
  runChanged(database, orgId, runId);
  return presentRun(storedRun(row));
}
