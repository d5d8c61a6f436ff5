import { randomBytes } from 'node:crypto';
import {
  type ApiKey,
  apiKeyPrefix,
  type CreateApiKey,
  type CreatedApiKey,
  formatApiKey,
} from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue, noted } from '../audit/noted.js';
import type { Database, Queryable, Statement } from '../db/database.js';
import { newId } from '../db/ids.js';
import { sha256 } from './authenticator.js';
import { type PresentableKey, presentApiKey, presentableColumns } from './present-api-key.js';

/** $1 id, $2 org, $3 name, $4 hash, $5 prefix, $6 last four, $7 scopes, $8 to $14 its limits, $15 who. Row: PresentableKey. */
const insertKey: Statement = {
  name: 'insert-api-key',
  text: `
WITH made AS (
  INSERT INTO api_keys AS k (id, org_id, name, hash, prefix, last_four, scopes, expires_at, most_requests, most_queued,
    most_streams, most_enrolments, directories, name_prefix)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  RETURNING ${presentableColumns('k')}
),
noted AS (${noted({
    ...{ by: '$15', action: 'key.create', org: '$2', subject: 'made.id', name: 'made.name', from: 'made' },
    detail: `jsonb_build_object('scopes', made.scopes)`,
  })})
SELECT * FROM made`,
};

/**
 * Makes a key and keeps its SHA-256: the answer is the only place where it is in the clear.
 * @param by who does; else this server
 */
export async function createApiKey(
  database: Queryable,
  orgId: string,
  { name, scopes, expiresAt, limits, enrolment }: CreateApiKey,
  by?: Actor,
): Promise<CreatedApiKey> {
  const { key, kept } = newKey();
  const [stored] = await database.query<PresentableKey>(insertKey, [
    ...[newId('key_'), orgId, name, Buffer.from(kept.hash), kept.prefix, kept.lastFour, scopes],
    expiresAt ?? null,
    limits?.requestsPerMinute ?? null,
    limits?.queuedRuns ?? null,
    limits?.openStreams ?? null,
    enrolment?.uses ?? null,
    enrolment?.directories ?? [],
    enrolment?.namePrefix ?? null,
    actorValue(by),
  ]);
  if (!stored) throw new Error('An insert returned no row');
  return { ...presentApiKey(stored), key };
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

/** With what it has just allowed a computer to come in with. $1 key id, $2 org, $3 who. */
const revoke: Statement = {
  name: 'revoke-api-key',
  text: `
WITH ended AS (
  UPDATE api_keys SET revoked_at = now()
  WHERE org_id = $2 AND revoked_at IS NULL AND (id = $1 OR (for_sign_in AND enrolled_by = $1))
  RETURNING id, name
)
${noted({
  ...{ by: '$3', action: 'key.revoke', org: '$2', subject: 'ended.id', name: 'ended.name', from: 'ended' },
})}`,
};

/** Ends a key, and with it every browser session made from it. Undefined when the org has no such key. */
export async function revokeApiKey(
  database: Database,
  orgId: string,
  id: string,
  by?: Actor,
): Promise<ApiKey | undefined> {
  const { prisma } = database;
  await database.query(revoke, [id, orgId, actorValue(by)]);
  database.wakeups.wake('keys');
  const stored = await prisma.apiKey.findFirst({ where: { id, orgId } });
  if (!stored) return undefined;
  await prisma.browserSession.deleteMany({ where: { apiKeyId: id } });
  return presentApiKey(stored);
}

/**
 * In place of one that is rotated: it may do what that may, and for as long. $1 org, $2 the old one, $3 id, $4 hash, $5 prefix, $6 last four,
 * $7 who. No row where the org has no such valid key, or it is one that is renewed by itself.
 */
const insertRotated: Statement = {
  name: 'insert-rotated-key',
  text: `
WITH made AS (
  INSERT INTO api_keys (id, org_id, name, hash, prefix, last_four, scopes, expires_at, most_enrolments, enrolments,
    directories, name_prefix, most_requests, most_queued, most_streams)
  SELECT $3, k.org_id, k.name, $4, $5, $6, k.scopes, k.expires_at, k.most_enrolments, k.enrolments,
    k.directories, k.name_prefix, k.most_requests, k.most_queued, k.most_streams
  FROM api_keys k
  WHERE k.org_id = $1 AND k.id = $2 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
    AND k.runner_id IS NULL AND k.window_of IS NULL AND NOT k.for_sign_in
  RETURNING id, name
),
noted AS (${noted({
    ...{ by: '$7', action: 'key.rotate', org: '$1', subject: '$2', name: 'made.name', from: 'made' },
    detail: `jsonb_build_object('newKeyId', made.id)`,
  })})
SELECT id FROM made`,
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
  by?: Actor,
): Promise<{ id: string; key: string; oldUntil: Date | null } | undefined> {
  const { key, kept } = newKey();
  const rotated = newId('key_');
  const ended = await database.transaction(async (tx) => {
    // Of two rotations at once the second finds it ended, or makes another key: both are shown.
    const values = [orgId, id, rotated, Buffer.from(kept.hash), kept.prefix, kept.lastFour, actorValue(by)];
    const [made] = await tx.query(insertRotated, values);
    if (!made) return undefined;
    if (keepMs === 0) return { until: null };
    const [row] = await tx.query<{ until: string | null }>(endRotated, [id, keepMs]);
    return { until: row?.until ?? null };
  });
  if (!ended) return undefined;
  if (keepMs === 0) await revokeApiKey(database, orgId, id, by);
  database.wakeups.wake('keys');
  return { id: rotated, key, oldUntil: ended.until === null ? null : new Date(ended.until) };
}

/** $1 org, $2 key, $3 its new limits by column of the model: those that are named change. $4 who. No row where there is no such valid key. */
const limit: Statement = {
  name: 'limit-api-key',
  text: `
WITH changed AS (
  UPDATE api_keys SET
    most_requests = CASE WHEN $3::jsonb ? 'mostRequests' THEN ($3::jsonb ->> 'mostRequests')::int ELSE most_requests END,
    most_queued = CASE WHEN $3::jsonb ? 'mostQueued' THEN ($3::jsonb ->> 'mostQueued')::int ELSE most_queued END,
    most_streams = CASE WHEN $3::jsonb ? 'mostStreams' THEN ($3::jsonb ->> 'mostStreams')::int ELSE most_streams END
  WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL
  RETURNING id, name, most_requests, most_queued, most_streams
),
noted AS (${noted({
    ...{
      by: '$4',
      action: 'key.limit',
      org: '$1',
      subject: 'changed.id',
      name: 'changed.name',
      from: `(SELECT changed.* FROM changed JOIN api_keys was ON was.id = changed.id
        WHERE (was.most_requests, was.most_queued, was.most_streams)
          IS DISTINCT FROM (changed.most_requests, changed.most_queued, changed.most_streams)) changed`,
    },
    detail: '$3::jsonb',
  })})
SELECT id FROM changed`,
};

/** Changes the limits that are named; null takes one away. @returns whether the org has such a valid key */
export async function limitApiKey(
  database: Database,
  orgId: string,
  id: string,
  limits: { mostRequests?: number | null; mostQueued?: number | null; mostStreams?: number | null },
  by?: Actor,
): Promise<boolean> {
  const [changed] = await database.query(limit, [orgId, id, JSON.stringify(limits), actorValue(by)]);
  if (changed) database.wakeups.wake('keys');
  return changed !== undefined;
}
