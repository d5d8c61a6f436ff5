import type { Scope } from '@agentfleet/contract';
import { newKey } from './auth/api-keys.js';
import type { Database, Queryable } from './db/database.js';
import { newId } from './db/ids.js';

const lockFirstOrg = {
  name: 'lock-first-org',
  text: `SELECT pg_advisory_xact_lock(hashtext('agentfleet first org'))`,
};
const findOrg = { name: 'find-first-org', text: 'SELECT id FROM orgs ORDER BY created_at LIMIT 1' };
const insertOrg = { name: 'insert-first-org', text: 'INSERT INTO orgs (id, name) VALUES ($1, $2)' };
const countKeys = { name: 'count-keys', text: 'SELECT count(*) AS count FROM api_keys' };
const insertKey = {
  name: 'insert-first-key',
  text: `INSERT INTO api_keys (id, org_id, name, hash, prefix, last_four, scopes)
VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};

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
    if (!org) await tx.query(insertOrg, [orgId, 'My fleet']);
    const [keys] = await tx.query<{ count: number }>(countKeys, []);
    if (keys && keys.count > 0) return undefined;
    if (!show) return 'none';
    const first = {
      admin: await makeKey(tx, orgId, 'first admin key', 'admin'),
      runner: await makeKey(tx, orgId, 'first runner key', 'runner'),
    };
    show(first);
    return first;
  });
}

async function makeKey(tx: Queryable, orgId: string, name: string, scope: Scope): Promise<string> {
  const { key, kept } = newKey();
  const values = [newId('key_'), orgId, name, kept.hash, kept.prefix, kept.lastFour, [scope]];
  await tx.query(insertKey, values);
  return key;
}
