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

/**
 * In place of one that is rotated: it may do what that may, and for as long. $1 org, $2 the old one, $3 id, $4 hash, $5 prefix, $6 last four.
 * No row where the org has no such valid key, or it is one that is renewed by itself.
 */
const insertRotated: Statement = {
  name: 'insert-rotated-key',
  text: `
INSERT INTO api_keys (id, org_id, name, hash, prefix, last_four, scopes, expires_at, most_enrolments, enrolments,
  directories, name_prefix, most_requests, most_queued, most_streams)
SELECT $3, k.org_id, k.name, $4, $5, $6, k.scopes, k.expires_at, k.most_enrolments, k.enrolments,
  k.directories, k.name_prefix, k.most_requests, k.most_queued, k.most_streams
FROM api_keys k
WHERE k.org_id = $1 AND k.id = $2 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
  AND k.runner_id IS NULL AND k.window_of IS NULL AND NOT k.for_sign_in
RETURNING id`,
};

/** $1 the old one, $2 how long it is still taken, ms. */
const endRotated: Statement = {
  name: 'end-rotated-key',
  text: `
UPDATE api_keys SET expires_at = LEAST(expires_at, now() + $2::bigint * interval '1 millisecond')
WHERE id = $1 AND revoked_at IS NULL RETURNING expires_at AS until`,
};

/**
 * Makes a key that may do what another may, which goes on for a while.
 * @param keepMs how long the old one is still taken; with 0 it is revoked, and browser sessions with it
 * @returns undefined where the org has no such valid key
 */
export async function rotateApiKey(
  database: Database,
  orgId: string,
  id: string,
  keepMs: number,
): Promise<{ id: string; key: string; oldUntil: Date | null } | undefined> {
  const { key, kept } = newKey();
  const rotated = newId('key_');
  const ended = await database.transaction(async (tx) => {
    // Of two rotations at once the second finds it ended, or makes another key: both are shown.
    const values = [orgId, id, rotated, Buffer.from(kept.hash), kept.prefix, kept.lastFour];
    const [made] = await tx.query(insertRotated, values);
    if (!made) return undefined;
    if (keepMs === 0) return { until: null };
    const [row] = await tx.query<{ until: string | null }>(endRotated, [id, keepMs]);
    return { until: row?.until ?? null };
  });
  if (!ended) return undefined;
  if (keepMs === 0) await revokeApiKey(database, orgId, id);
  database.wakeups.wake('keys');
  return { id: rotated, key, oldUntil: ended.until === null ? null : new Date(ended.until) };
}
