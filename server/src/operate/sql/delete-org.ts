import type { Statement } from '../../db/database.js';
import { deleteSome } from '../../db/in-steps.js';

const named = (name: string, text: string): Statement => ({ name, text });

/** $1 org. Row: OrgCounts. */
export const countedOrg: Statement = {
  name: 'count-org',
  text: `
SELECT o.name, (SELECT count(*) FROM runs WHERE org_id = o.id AND deleted_at IS NULL) AS runs,
  (SELECT count(*) FROM runners WHERE org_id = o.id AND deleted_at IS NULL) AS runners,
  (SELECT count(*) FROM api_keys WHERE org_id = o.id AND revoked_at IS NULL AND runner_id IS NULL
    AND NOT for_sign_in) AS keys
FROM orgs o WHERE o.id = $1`,
};
export interface OrgCounts {
  name: string;
  runs: number;
  runners: number;
  keys: number;
}

/** Some of an org's runs, in order of id as whoever locks several does. $1 org, $2 most. Rows: { id }. */
export const lockSomeRuns: Statement = {
  name: 'lock-some-runs-of-org',
  text: 'SELECT id FROM runs WHERE org_id = $1 ORDER BY id LIMIT $2 FOR UPDATE',
};

/** The rest of runs without events, and they themselves. $1 runs. */
export const ofRuns: readonly Statement[] = [
  named('delete-images-of-runs', 'DELETE FROM event_images WHERE run_id = ANY ($1::text[])'),
  // They refer to approvals.
  named('delete-commands-of-runs', 'DELETE FROM commands WHERE run_id = ANY ($1::text[])'),
  named('delete-approvals-of-runs', 'DELETE FROM approvals WHERE run_id = ANY ($1::text[])'),
  named('delete-attempts-of-runs', 'DELETE FROM attempts WHERE run_id = ANY ($1::text[])'),
  named('delete-deletions-of-runs', 'DELETE FROM deletions WHERE run_id = ANY ($1::text[])'),
  named('delete-runs', 'DELETE FROM runs WHERE id = ANY ($1::text[])'),
];

/** Some of what an org has in a table. $1 org, $2 most. Row: { changed }. */
const ofOrg = (name: string, table: string, where = 't.org_id = $1') => deleteSome(name, table, where, 2);

/** With what people, programs and runners come in. $1 org, $2 most. Row: { changed }. */
export const accessOfOrg: readonly Statement[] = [
  ofOrg(
    'delete-browser-sessions-of-org',
    'browser_sessions',
    't.api_key_id IN (SELECT id FROM api_keys WHERE org_id = $1)',
  ),
  ofOrg('delete-sign-ins-of-org', 'sign_ins'),
  {
    name: 'delete-keys-of-org',
    text: `
WITH chosen AS (SELECT id FROM api_keys WHERE org_id = $1 LIMIT $2),
-- A browser may have signed in with one meanwhile.
browsers AS (DELETE FROM browser_sessions s USING chosen c WHERE s.api_key_id = c.id),
gone AS (DELETE FROM api_keys k USING chosen c WHERE k.id = c.id RETURNING 1)
SELECT count(*) AS changed FROM gone`,
  },
];

/** What an org has besides runs. $1 org, $2 most. Row: { changed }. */
export const besidesRuns: readonly Statement[] = [
  ofOrg('delete-idempotency-keys-of-org', 'idempotency_keys'),
  ofOrg('delete-commands-of-org', 'commands', 't.runner_id IN (SELECT id FROM runners WHERE org_id = $1)'),
  ofOrg('delete-approvals-of-org', 'approvals'),
  // Those of its runs are gone with them; one that was taken away while the old ones were filled in may be left.
  ofOrg('delete-labels-of-org', 'run_labels'),
  ofOrg('delete-runners-of-org', 'runners'),
  ofOrg('delete-usage-changes-of-org', 'usage_changes'),
  ofOrg(
    'delete-usage-sums-of-org',
    'usage_sums',
    't.group_id IN (SELECT id FROM usage_groups WHERE org_id = $1)',
  ),
];

/** What may have come in since of its usage, while nobody sums: little. $1 org. */
export const restOfUsage: readonly Statement[] = [
  named('delete-rest-of-usage-changes-of-org', 'DELETE FROM usage_changes WHERE org_id = $1'),
  named(
    'delete-rest-of-usage-sums-of-org',
    'DELETE FROM usage_sums s USING usage_groups g WHERE g.id = s.group_id AND g.org_id = $1',
  ),
  named('delete-usage-groups-of-org', 'DELETE FROM usage_groups WHERE org_id = $1'),
];

/** Refused by foreign keys when something came in meanwhile. $1 org. Row: unless it was gone. */
export const orgItself = named('delete-org', 'DELETE FROM orgs WHERE id = $1 RETURNING id');
