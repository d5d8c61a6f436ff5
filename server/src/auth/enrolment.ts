import {
  covers,
  type EnrolmentLimits,
  parseDirectory,
  type RegisteredRunner,
  type RegisterRunner,
} from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue, note, noted } from '../audit/noted.js';
import type { Database, Queryable, Statement } from '../db/database.js';
import { newId } from '../db/ids.js';
import { ApiError } from '../errors.js';
import { newKey } from './api-keys.js';
import { sha256 } from './authenticator.js';
import type { Caller } from './caller.js';
import { needsCredential } from './runner-keys.js';

/** $1 runner, $2 SHA-256 of the enrolment secret or null. */
const credentialOf: Statement = {
  name: 'credential-of-runner',
  text: `
SELECT id, enrolment_hash IS NOT DISTINCT FROM $2 AND $2::bytea IS NOT NULL AS same FROM api_keys
WHERE runner_id = $1 AND revoked_at IS NULL`,
};

/** $1 key id. No row when it is used up. */
const useKey: Statement = {
  name: 'use-enrolment-key',
  text: `
UPDATE api_keys SET enrolments = enrolments + 1
WHERE id = $1 AND (most_enrolments IS NULL OR enrolments < most_enrolments) RETURNING id`,
};

/** $1 id, $2 org, $3 name, $4 hash, $5 prefix, $6 last four, $7 runner, $8 the key that enrols, $9 secret, $10 process. */
const insertCredential: Statement = {
  name: 'insert-credential',
  text: `
INSERT INTO api_keys (id, org_id, name, hash, prefix, last_four, scopes, runner_id, enrolled_by, enrolment_hash,
  runner_instance, directories, name_prefix)
SELECT $1, $2, $3, $4, $5, $6, '{runner}', $7, COALESCE(k.enrolled_by, k.id), $9, $10, k.directories, k.name_prefix FROM api_keys k WHERE k.id = $8`,
};

/** In place of one whose answer was lost. $1 id, $2 hash, $3 prefix, $4 last four, $5 process. */
const replaceCredential: Statement = {
  name: 'replace-credential',
  text: `
UPDATE api_keys SET hash = $2, prefix = $3, last_four = $4, runner_instance = $5 WHERE id = $1`,
};

export interface Enrolment {
  caller: Caller;
  request: RegisterRunner;
  /** The runner's secret, when it wants a credential. */
  secret: string | undefined;
  /** What the runner calls its process. */
  instance: string;
  by?: Actor;
}

/**
 * What a registration may do, before anything is stored. Throws FORBIDDEN for what is outside the key's limits,
 * RUNNER_OUTDATED for a runner that does not enrol where it has to.
 */
export function checkEnrolment({ caller: { org, key }, request, secret }: Enrolment): void {
  checkLimits(key.enrolment, request);
  if (key.runnerId !== null || secret !== undefined) return;
  if (org.requireRunnerCredentials || key.enrolment !== null) throw needsCredential();
}

/** Throws FORBIDDEN, naming what is outside. */
export function checkLimits(
  limits: EnrolmentLimits | null,
  { name, directories }: Pick<RegisterRunner, 'name' | 'directories'>,
): void {
  const { namePrefix = null, directories: allowed = null } = limits ?? {};
  if (namePrefix !== null && !name.startsWith(namePrefix)) {
    const mend = 'Set RUNNER_NAME to such a name, or use another key.';
    throw new ApiError('FORBIDDEN', `The key is for runners whose names begin with “${namePrefix}”. ${mend}`);
  }
  if (allowed === null) return;
  const outside = directories.filter((directory) => !allowed.some((one) => isInside(directory, one)));
  if (outside.length === 0) return;
  throw new ApiError(
    'FORBIDDEN',
    `The key does not allow ${outside.join(', ')}: it is for ${allowed.join(', ')}. Take that out of ALLOWED_DIRS, or use another key.`,
  );
}

function isInside(directory: string, allowed: string): boolean {
  const [inner, outer] = [parseDirectory(directory), parseDirectory(allowed)];
  return inner?.style === outer?.style && covers(outer?.key ?? '', inner?.key ?? '');
}

/**
 * In the transaction that has stored the runner, for a caller with an API key: makes sure that it is his, and gives it a credential when it
 * enrols. Throws RUNNER_ENROLLED for a key where the runner has a credential,
 * FORBIDDEN for a key that is used up.
 */
export async function settleEnrolment(
  tx: Queryable,
  runnerId: string,
  { caller: { org, key }, request, secret, instance, by }: Enrolment,
): Promise<Pick<RegisteredRunner, 'credential'>> {
  const hash = secret === undefined ? null : sha256(secret);
  const [current] = await tx.query<{ id: string; same: boolean }>(credentialOf, [runnerId, hash]);
  if (current && !current.same) throw enrolledBefore(runnerId);
  if (hash === null) return {};
  const { key: credential, kept } = newKey();
  const parts = [kept.hash, kept.prefix, kept.lastFour];
  if (current) {
    await tx.query(replaceCredential, [current.id, ...parts, instance]);
    return { credential };
  }
  const [used] = await tx.query(useKey, [key.id]);
  if (!used) throw usedUp(key.enrolment?.uses ?? 0);
  const row = [newId('key_'), org.id, request.name, ...parts, runnerId, key.id, hash, instance];
  await tx.query(insertCredential, row);
  await note(tx, by, { action: 'runner.enrol', orgId: org.id, subject: runnerId, name: request.name });
  return { credential };
}

const enrolledBefore = (runnerId: string) =>
  new ApiError(
    'RUNNER_ENROLLED',
    `This machine is enrolled as ${runnerId}, with a credential that the request does not carry. Where that is lost, an admin revokes it on the page of the runner (DELETE /api/v1/runners/${runnerId}/credential), and the runner enrols again. A copy of another machine’s runner directory becomes a runner of its own without the files identity.json and credential.json.`,
  );

const usedUp = (uses: number) =>
  new ApiError(
    'FORBIDDEN',
    `The key has enrolled ${uses === 1 ? 'the one runner' : `the ${uses} runners`} that it is good for. Create another under Settings → API Keys.`,
  );

/** $1 runner, $2 org, $3 who. */
const revokeCredentials: Statement = {
  name: 'revoke-credentials',
  text: `
WITH ended AS (
  UPDATE api_keys SET revoked_at = now() WHERE runner_id = $1 AND org_id = $2 AND revoked_at IS NULL
  RETURNING runner_id, name
)
${noted({
  ...{ by: '$3', action: 'runner.revoke', org: '$2', subject: 'ended.runner_id', name: 'ended.name' },
  from: 'ended',
})}`,
};

/** Ends a runner's own credential, whoever holds it. Repeating it is harmless. */
export async function revokeCredential(
  database: Database,
  orgId: string,
  runnerId: string,
  by?: Actor,
): Promise<void> {
  await database.query(revokeCredentials, [runnerId, orgId, actorValue(by)]);
  database.wakeups.wake('keys');
  database.changes.runner(orgId, runnerId);
}
