import { newKey } from './auth/api-keys.js';
import type { Database } from './db/database.js';
import { newId } from './db/ids.js';

const lockFirstOrg = {
  name: 'lock-first-org',
  text: `SELECT pg_advisory_xact_lock(hashtext('agentfleet first org'))`,
};
const countOrgs = { name: 'count-orgs', text: 'SELECT count(*) AS count FROM orgs' };
const insertOrg = { name: 'insert-first-org', text: 'INSERT INTO orgs (id, name) VALUES ($1, $2)' };
const insertKey = {
  name: 'insert-first-key',
  text: `INSERT INTO api_keys (id, org_id, name, hash, prefix, last_four, scopes)
VALUES ($1, $2, 'first admin key', $3, $4, $5, '{admin}')`,
};

/**
 * On an empty database makes an org and an admin key, both or none. Of several servers that start at once one does.
 * @returns the key, which is kept nowhere; undefined when there was an org already
 */
export function bootstrap(database: Database): Promise<string | undefined> {
  return database.transaction(async (tx) => {
    await tx.query(lockFirstOrg, []);
    const [row] = await tx.query<{ count: number }>(countOrgs, []);
    if (row && row.count > 0) return undefined;
    const orgId = newId('org_');
    const { key, kept } = newKey();
    await tx.query(insertOrg, [orgId, 'My fleet']);
    await tx.query(insertKey, [newId('key_'), orgId, kept.hash, kept.prefix, kept.lastFour]);
    return key;
  });
}
