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

/** Makes a key and keeps its SHA-256: the answer is the only place where it is in the clear. */
export async function createApiKey(
  database: Database,
  orgId: string,
  request: { name: string; scopes: Scope[]; expiresAt?: string | undefined },
): Promise<CreatedApiKey> {
  const key = formatApiKey((count) => randomBytes(count));
  const stored = await database.prisma.apiKey.create({
    data: {
      id: newId('key_'),
      orgId,
      name: request.name,
      hash: sha256(key) as Uint8Array<ArrayBuffer>,
      prefix: key.slice(0, apiKeyPrefix.length + 4),
      lastFour: key.slice(-4),
      scopes: request.scopes,
      expiresAt: request.expiresAt ?? null,
    },
  });
  return { ...presentApiKey(stored), key };
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
