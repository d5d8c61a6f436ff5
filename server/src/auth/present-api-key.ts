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
