import type { Database, Statement } from '../db/database.js';

const atOnce = 100;

/** $1 org, $2 ms, $3 the id after which to look, $4 most. */
const endedAfter: Statement = {
  name: 'ended-runs',
  text: `
SELECT id FROM runs
WHERE org_id = $1 AND id > $3 AND finished_at < now() - $2::bigint * interval '1 millisecond' AND deleted_at IS NULL
  AND status NOT IN ('QUEUED', 'CLAIMED', 'RUNNING')
ORDER BY id LIMIT $4`,
};

/** The org's runs that ended so long ago, some at a time, oldest first. @param agoMs ms */
export async function* endedRuns(database: Database, orgId: string, agoMs: number): AsyncGenerator<string[]> {
  for (let after = ''; ; ) {
    const rows = await database.query<{ id: string }>(endedAfter, [orgId, agoMs, after, atOnce]);
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return;
    yield ids;
    after = ids.at(-1) ?? '';
  }
}
