import { RunId, type RunRow, type RunsQuery } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { ApiError } from '../errors.js';
import type { QueuePolicy } from './policy.js';
import { presentRun, storedRun } from './present-run.js';
import { runsFrom } from './runs-from.js';
import { foldersBelow, type SelectedRun, selectRuns } from './sql/select-runs.js';
import { keysOf, mostFolders } from './sql/ways-to-runs.js';
import { readSituation, whyQueued } from './why-queued.js';

/** The cursor is the last id of the page before, or the last one that was looked at for it. */
export async function listRuns(
  database: Database,
  orgId: string,
  query: RunsQuery,
  policy: QueuePolicy,
  over?: AbortSignal,
): Promise<{ data: RunRow[]; nextCursor: string | null }> {
  if (query.cursor !== undefined && !RunId.safeParse(query.cursor).success) {
    throw new ApiError('VALIDATION_FAILED', 'cursor: is not a nextCursor of this list');
  }
  const from = policy.forgetsRuns ? await runsFrom(database, orgId, over) : '';
  const { statement, values } = selectRuns(orgId, query, await foldersOf(database, orgId, query, over), from);
  const rows = await database.ask<SelectedRun>(statement, values, over);
  const found = rows.filter(({ id }) => id !== null);
  const page = found.slice(0, query.limit).map((row) => ({ row, run: storedRun(row) }));
  const queued = page.flatMap(({ run }) => (run.status === 'QUEUED' ? run : []));
  const situation = queued.length > 0 && (await readSituation(database, orgId, queued, policy, over));
  const data = page.map(({ row, run }) => ({
    ...presentRun(run),
    truncated: row.truncated,
    wait: situation && run.status === 'QUEUED' ? whyQueued(run, situation) : null,
    asks: askOf(row),
    line: lineOf(row),
  }));
  const nextCursor = found.length > query.limit ? data.at(-1)?.id : rows[0]?.edge;
  return { data, nextCursor: nextCursor ?? null };
}

/** Undefined where no directory is asked for, or too many are. */
async function foldersOf(
  database: Database,
  orgId: string,
  { cwd }: RunsQuery,
  over?: AbortSignal,
): Promise<string[] | undefined> {
  if (cwd === undefined) return undefined;
  const { key, below } = keysOf(cwd);
  // What comes after a slash in the order of bytes.
  const end = `${below.slice(0, -1)}0`;
  const rows = await database.ask<{ key: string }>(foldersBelow, [orgId, key, below, end, mostFolders], over);
  return rows.length >= mostFolders ? undefined : rows.map((row) => row.key);
}

function askOf({ ask_id, ask_tool, ask_message, ask_expires_at }: SelectedRun): RunRow['asks'] {
  if (ask_id === null) return null;
  return {
    approvalId: ask_id,
    tool: ask_tool,
    message: ask_message,
    expiresAt: ask_expires_at.toISOString(),
  };
}

function lineOf({ line_kind, line_message, line_at }: SelectedRun): RunRow['line'] {
  if (line_kind === null) return null;
  return { kind: line_kind, message: line_message, at: line_at.toISOString() };
}
