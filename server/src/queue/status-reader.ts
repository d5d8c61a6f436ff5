import type { RunStatus } from '@agentfleet/contract';
import type { Queryable, Statement } from '../db/database.js';
import { notFound } from '../errors.js';
import { together } from '../together.js';

/** $1 runs. Rows: { id, orgId, status }. */
const statusOfRuns: Statement = {
  name: 'status-of-runs',
  text: `SELECT id, org_id AS "orgId", status FROM runs WHERE id = ANY ($1::text[]) AND deleted_at IS NULL`,
};

interface Asked {
  orgId: string;
  runId: string;
}

/** See Queue.status. Thousands of viewers come back at the same moment, and most look at the same few runs. */
export function statusReader(database: Queryable): (orgId: string, runId: string) => Promise<RunStatus> {
  const read = together<Asked, RunStatus | undefined>(
    { most: 1_000, partyOf: ({ orgId }) => orgId },
    async (asked) => {
      const ids = [...new Set(asked.map(({ runId }) => runId))];
      const rows = await database.query<{ id: string; orgId: string; status: RunStatus }>(statusOfRuns, [
        ids,
      ]);
      const found = new Map(rows.map((row) => [row.id, row]));
      return asked.map(({ orgId, runId }) => {
        const row = found.get(runId);
        return row?.orgId === orgId ? row.status : undefined;
      });
    },
  );
  return async (orgId, runId) => {
    const status = await read({ orgId, runId });
    if (status === undefined) throw notFound('run');
    return status;
  };
}
