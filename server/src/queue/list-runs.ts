import { RunId, type RunRow, type RunsQuery } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { ApiError } from '../errors.js';
import { presentRun, storedRun } from './present-run.js';
import { selectRuns } from './sql/select-runs.js';

/** The cursor is the last id of the page before. */
export async function listRuns(
  database: Database,
  orgId: string,
  query: RunsQuery,
): Promise<{ data: RunRow[]; nextCursor: string | null }> {
  if (query.cursor !== undefined && !RunId.safeParse(query.cursor).success) {
    throw new ApiError('VALIDATION_FAILED', 'cursor: is not a nextCursor of this list');
  }
  const { statement, values } = selectRuns(orgId, query);
  const rows = await database.query<{ truncated: boolean; [column: string]: unknown }>(statement, values);
  const page = rows.slice(0, query.limit);
  const data = page.map((row) => ({ ...presentRun(storedRun(row)), truncated: row.truncated }));
  return { data, nextCursor: rows.length > query.limit ? (data.at(-1)?.id ?? null) : null };
}
