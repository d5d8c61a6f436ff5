import { ourselves } from './audit/actor.js';
import { note } from './audit/noted.js';
import { createApiKey } from './auth/api-keys.js';
import type { Database } from './db/database.js';
import { newId } from './db/ids.js';

const lockFirstOrg = {
  name: 'lock-first-org',
  text: `SELECT pg_advisory_xact_lock(hashtext('agentfleet first org'))`,
};
const findOrg = { name: 'find-first-org', text: 'SELECT id FROM orgs ORDER BY created_at LIMIT 1' };
const insertOrg = { name: 'insert-first-org', text: 'INSERT INTO orgs (id, name) VALUES ($1, $2)' };
const countKeys = { name: 'count-keys', text: 'SELECT count(*) AS count FROM api_keys' };

/** Shown once, and kept nowhere. */
export interface FirstKeys {
  /** For people and their programs: it may do everything. */
  admin: string;
  /** For other machines: it connects runners, and opens nothing else. */
  runner: string;
}

/**
 * On an empty database makes an org and, where somebody sees them, its first keys: all or nothing. Of several servers that
 * start at once one does.
 * @param show called with the keys before they count: what it throws undoes it. Null where nobody would see them
 * @returns the keys; `none` where there are none yet; undefined when there were some already
 */
export function bootstrap(
  database: Database,
  show: ((keys: FirstKeys) => void) | null = () => undefined,
): Promise<FirstKeys | 'none' | undefined> {
  return database.transaction(async (tx) => {
    await tx.query(lockFirstOrg, []);
    const [org] = await tx.query<{ id: string }>(findOrg, []);
    const orgId = org?.id ?? newId('org_');
    if (!org) {
      await tx.query(insertOrg, [orgId, 'My fleet']);
      await note(tx, ourselves, { action: 'org.create', orgId, subject: orgId, name: 'My fleet' });
    }
    const [keys] = await tx.query<{ count: number }>(countKeys, []);
    if (keys && keys.count > 0) return undefined;
    if (!show) return 'none';
    const first = {
      admin: (await createApiKey(tx, orgId, { name: 'first admin key', scopes: ['admin'] })).key,
      runner: (await createApiKey(tx, orgId, { name: 'first runner key', scopes: ['runner'] })).key,
    };
    show(first);
    return first;
  });
}
