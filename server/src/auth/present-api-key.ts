import type { ApiKey, EnrolmentLimits, KeyLimits, Scope } from '@agentfleet/contract';
import type { ApiKey as StoredKey } from '../db/generated/client.js';

/** What is told of a key. */
export type PresentableKey = Pick<
  StoredKey,
  | 'id'
  | 'name'
  | 'scopes'
  | 'prefix'
  | 'lastFour'
  | 'createdAt'
  | 'expiresAt'
  | 'lastUsedAt'
  | 'revokedAt'
  | 'runnerId'
  | 'windowOf'
  | 'mostEnrolments'
  | 'enrolments'
  | 'directories'
  | 'namePrefix'
  | 'mostRequests'
  | 'mostQueued'
  | 'mostStreams'
>;

/** Its columns. @param k SQL of a row of api_keys */
export const presentableColumns = (k: string) => `
  ${k}.id, ${k}.name, ${k}.scopes, ${k}.prefix, ${k}.last_four AS "lastFour", ${k}.created_at AS "createdAt",
  ${k}.expires_at AS "expiresAt", ${k}.last_used_at AS "lastUsedAt", ${k}.revoked_at AS "revokedAt",
  ${k}.runner_id AS "runnerId", ${k}.window_of AS "windowOf", ${k}.most_enrolments AS "mostEnrolments", ${k}.enrolments,
  ${k}.directories, ${k}.name_prefix AS "namePrefix", ${k}.most_requests AS "mostRequests",
  ${k}.most_queued AS "mostQueued", ${k}.most_streams AS "mostStreams"`;

export type PresentedKey = ApiKey & {
  limits: KeyLimits;
  enrolment: EnrolmentLimits | null;
  runnerId: string | null;
  windowOf: string | null;
};

export function presentApiKey(key: PresentableKey): PresentedKey {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes as Scope[],
    prefix: key.prefix,
    lastFour: key.lastFour,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    limits: {
      requestsPerMinute: key.mostRequests,
      queuedRuns: key.mostQueued,
      openStreams: key.mostStreams,
    },
    enrolment: enrolmentOf(key),
    runnerId: key.runnerId,
    windowOf: key.windowOf,
  };
}

function enrolmentOf({
  mostEnrolments,
  enrolments,
  directories,
  namePrefix,
}: PresentableKey): EnrolmentLimits | null {
  if (mostEnrolments === null && directories.length === 0 && namePrefix === null) return null;
  return {
    uses: mostEnrolments,
    used: enrolments,
    directories: directories.length === 0 ? null : directories,
    namePrefix,
  };
}
