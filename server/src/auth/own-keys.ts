import type { CreateApiKey } from '@agentfleet/contract';
import type { Database, Queryable, Statement } from '../db/database.js';
import { createApiKey, newKey } from './api-keys.js';
import { sha256 } from './authenticator.js';

/** Of a part of ours that keeps its key. */
type OwnKey = Pick<CreateApiKey, 'name' | 'scopes'>;

/** Where a part of ours keeps its key. */
export interface KeyPlace {
  /** Undefined when it holds none that can be read. */
  read(): string | undefined;
  write(key: string): void;
}

/** Servers that start at the same moment come one after the other: each would make a key that makes nothing of the other's. */
const lockOwnKeys: Statement = {
  name: 'lock-own-keys',
  text: `SELECT pg_advisory_xact_lock(hashtext('agentfleet own keys'))`,
};

/** $1 org, $2 name, $3 scopes. Row: OwnRow. */
const findOwnKey: Statement = {
  name: 'find-own-key',
  text: `
SELECT id, hash FROM api_keys
WHERE org_id = $1 AND name = $2 AND scopes = $3::text[] AND revoked_at IS NULL AND expires_at IS NULL
  AND runner_id IS NULL AND window_of IS NULL
ORDER BY created_at, id LIMIT 1`,
};
interface OwnRow {
  id: string;
  hash: Uint8Array;
}

/** $1 id, $2 hash, $3 prefix, $4 last four. */
const renewKey: Statement = {
  name: 'renew-own-key',
  text: 'UPDATE api_keys SET hash = $2, prefix = $3, last_four = $4 WHERE id = $1',
};

/** The id of the valid key of that name, made where there is none. Its secret is kept nowhere: it is for what hangs on it. */
export function ownKeyId(database: Database, orgId: string, request: OwnKey): Promise<string> {
  return database.transaction(async (tx) => {
    const known = await lockAndFind(tx, orgId, request);
    return known?.id ?? (await createApiKey(tx, orgId, request)).id;
  });
}

/**
 * The key in its place, as long as it is the valid one of that name. Else that gets another secret, which is put there: no start
 * leaves a revoked one behind.
 * @throws what `place.write` throws; the secret stays as it was then
 */
export async function ownKeyIn(
  place: KeyPlace,
  database: Database,
  orgId: string,
  request: OwnKey,
): Promise<string> {
  const made = await database.transaction(async (tx) => {
    const known = await lockAndFind(tx, orgId, request);
    const held = place.read();
    if (held && known && sha256(held).equals(known.hash)) return { key: held, isNew: false };
    const key = known ? await renew(tx, known.id) : (await createApiKey(tx, orgId, request)).key;
    place.write(key);
    return { key, isNew: true };
  });
  if (made.isNew) database.wakeups.wake('keys');
  return made.key;
}

async function lockAndFind(tx: Queryable, orgId: string, { name, scopes }: OwnKey) {
  await tx.query(lockOwnKeys, []);
  const [known] = await tx.query<OwnRow>(findOwnKey, [orgId, name, scopes]);
  return known;
}

async function renew(tx: Queryable, id: string): Promise<string> {
  const { key, kept } = newKey();
  await tx.query(renewKey, [id, Buffer.from(kept.hash), kept.prefix, kept.lastFour]);
  return key;
}
