import type { Database, Statement } from '../db/database.js';

/** Entries of one step: other statements come between two steps. */
const atOnce = 2_000;

/** The trigger that keeps what is there lets this transaction delete. */
export const allowToForget: Statement = {
  name: 'allow-to-forget-audit',
  text: `SELECT set_config('agentfleet.forgets_audit', 'on', true)`,
};

/** $1 org, $2 most. Row: { deleted }. */
const ofOrg: Statement = {
  name: 'forget-audit-of-org',
  text: `
WITH gone AS (
  DELETE FROM audit_entries WHERE org_id = $1
    AND id IN (SELECT id FROM audit_entries WHERE org_id = $1 ORDER BY id LIMIT $2)
  RETURNING 1
)
SELECT count(*) AS deleted FROM gone`,
};

/** SQL that finds each org that has entries, also those that are no more, by way of the index: rows { org_id }, and one of null. */
export const auditOrgs = `
WITH RECURSIVE orgs_here AS (
  (SELECT org_id FROM audit_entries ORDER BY org_id LIMIT 1)
  UNION ALL
  SELECT (SELECT org_id FROM audit_entries WHERE org_id > h.org_id ORDER BY org_id LIMIT 1)
  FROM orgs_here h WHERE h.org_id IS NOT NULL
)
SELECT org_id FROM orgs_here`;

/** SQL of what ids of entries lie before that are so old. @param ageMs SQL of a number of ms */
export const auditIdBefore = (ageMs: string) =>
  `'aud_' || lpad(to_hex((extract(epoch FROM now()) * 1000000)::bigint - ${ageMs}::bigint * 1000), 14, '0')`;

/** Of each org, and of those that are no more. $1 how old, ms; $2 most. Row: { deleted }. */
const ofOld: Statement = {
  name: 'forget-old-audit',
  text: `
WITH old AS (
  SELECT e.org_id, e.id FROM (${auditOrgs}) h CROSS JOIN LATERAL (
    SELECT org_id, id FROM audit_entries
    WHERE org_id = h.org_id AND id < ${auditIdBefore('$1')}
    ORDER BY id LIMIT $2
  ) e
  LIMIT $2
),
gone AS (
  DELETE FROM audit_entries a USING old WHERE a.org_id = old.org_id AND a.id = old.id RETURNING 1
)
SELECT count(*) AS deleted FROM gone`,
};

/**
 * Deletes entries of an org, or all that are older than a retention in ms, some at a time. It may be stopped and repeated at any time.
 * @returns how many
 */
export async function forgetAudit(
  database: Database,
  which: { orgId: string } | { olderThanMs: number },
  signal?: AbortSignal,
): Promise<number> {
  const [statement, value] = 'orgId' in which ? [ofOrg, which.orgId] : [ofOld, which.olderThanMs];
  let all = 0;
  while (!signal?.aborted) {
    const deleted = await database.transaction(async (tx) => {
      await tx.query(allowToForget, []);
      const [row] = await tx.query<{ deleted: number }>(statement, [value, atOnce]);
      return row?.deleted ?? 0;
    });
    all += deleted;
    if (deleted === 0) break;
  }
  return all;
}
