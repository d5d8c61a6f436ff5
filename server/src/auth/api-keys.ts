import { randomBytes } from 'node:crypto';
import {
  type ApiKey,
  apiKeyPrefix,
  type CreateApiKey,
  type CreatedApiKey,
  formatApiKey,
} from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import type { ApiKey as StoredKey } from '../db/generated/client.js';
import { newId } from '../db/ids.js';
import { sha256 } from './authenticator.js';
import { presentApiKey } from './present-api-key.js';

/** Of a part of ours that keeps its key. */
type OwnKey = Pick<CreateApiKey, 'name' | 'scopes'>;

/** Makes a key and keeps its SHA-256: the answer is the only place where it is in the clear. */
export async function createApiKey(
  database: Database,
  orgId: string,
  { name, scopes, expiresAt, limits, enrolment }: CreateApiKey,
): Promise<CreatedApiKey> {
  const { key, kept } = newKey();
  const stored = await database.prisma.apiKey.create({
    data: {
      id: newId('key_'),
      orgId,
      name,
      scopes,
      expiresAt: expiresAt ?? null,
      mostRequests: limits?.requestsPerMinute ?? null,
      mostQueued: limits?.queuedRuns ?? null,
      mostStreams: limits?.openStreams ?? null,
      mostEnrolments: enrolment?.uses ?? null,
      directories: enrolment?.directories ?? [],
      namePrefix: enrolment?.namePrefix ?? null,
      ...kept,
    },
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
  request: OwnKey,
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
  { name, scopes }: OwnKey,
): Promise<StoredKey | null> {
  return prisma.apiKey.findFirst({
    where: {
      orgId,
      name,
      scopes: { equals: scopes },
      revokedAt: null,
      expiresAt: null,
      runnerId: null,
      windowOf: null,
    },
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

/** With what it has just allowed a computer to come in with. $1 key id, $2 org. */
const revoke: Statement = {
  name: 'revoke-api-key',
  text: `
UPDATE api_keys SET revoked_at = now()
WHERE org_id = $2 AND revoked_at IS NULL AND (id = $1 OR (for_sign_in AND enrolled_by = $1))`,
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
