import { randomBytes } from 'node:crypto';
import {
  type ApiKey,
  apiKeyPrefix,
  type CreatedApiKey,
  formatApiKey,
  type Scope,
} from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import type { ApiKey as StoredKey } from '../db/generated/client.js';
import { newId } from '../db/ids.js';
import { sha256 } from './authenticator.js';

export interface KeyRequest {
  name: string;
  scopes: Scope[];
  expiresAt?: string | undefined;
}

/** Makes a key and keeps its SHA-256: the answer is the only place where it is in the clear. */
export async function createApiKey(
  database: Database,
  orgId: string,
  { name, scopes, expiresAt }: KeyRequest,
): Promise<CreatedApiKey> {
  const { key, kept } = newKey();
  const stored = await database.prisma.apiKey.create({
    data: { id: newId('key_'), orgId, name, scopes, expiresAt: expiresAt ?? null, ...kept },
  });
  return { ...presentApiKey(stored), key };
}

/**
 * The valid key of that name with another secret, or a new key when there is none: for a part of ours that needs a
 * key at each start, so that it does not leave a revoked one behind each time.
 */
export async function renewApiKey(
  database: Database,
  orgId: string,
  request: Omit<KeyRequest, 'expiresAt'>,
): Promise<CreatedApiKey> {
  const { prisma } = database;
  const earlier = await findOwnKey(database, orgId, request);
  if (!earlier) return createApiKey(database, orgId, request);
  const { key, kept } = newKey();
  const renewed = await prisma.apiKey.update({ where: { id: earlier.id }, data: kept });
  database.wakeups.wake('keys');
  return { ...presentApiKey(renewed), key };
}

/** The valid key of that name and scopes. */
export function findOwnKey(
  { prisma }: Database,
  orgId: string,
  { name, scopes }: Omit<KeyRequest, 'expiresAt'>,
): Promise<StoredKey | null> {
  return prisma.apiKey.findFirst({
    where: { orgId, name, scopes: { equals: scopes }, revokedAt: null, expiresAt: null },
    orderBy: { createdAt: 'asc' },
  });
}

/** A key, and what is kept of it. */
export function newKey() {
  const key = formatApiKey((count) => randomBytes(count));
  const hash = sha256(key) as Uint8Array<ArrayBuffer>;
  return {
    key,
    kept: { hash, prefix: key.slice(0, apiKeyPrefix.length + 4), lastFour: key.slice(-4) },
  };
}

/** $1 key id, $2 org. */
const revoke: Statement = {
  name: 'revoke-api-key',
  text: 'UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND org_id = $2 AND revoked_at IS NULL',
};

/** Ends a key, and with it every browser session made from it. Undefined when the org has no such key. */
export async function revokeApiKey(
  database: Database,
  orgId: string,
  id: string,
): Promise<ApiKey | undefined> {
  const { prisma } = database;
  await database.query(revoke, [id, orgId]);
  database.wakeups.wake('keys');
  const stored = await prisma.apiKey.findFirst({ where: { id, orgId } });
  if (!stored) return undefined;
  await prisma.browserSession.deleteMany({ where: { apiKeyId: id } });
  return presentApiKey(stored);
}

export function presentApiKey(stored: StoredKey): ApiKey {
  return {
    id: stored.id,
    name: stored.name,
    scopes: stored.scopes as Scope[],
    prefix: stored.prefix,
    lastFour: stored.lastFour,
    createdAt: stored.createdAt.toISOString(),
    expiresAt: stored.expiresAt?.toISOString() ?? null,
    lastUsedAt: stored.lastUsedAt?.toISOString() ?? null,
    revokedAt: stored.revokedAt?.toISOString() ?? null,
  };
}
