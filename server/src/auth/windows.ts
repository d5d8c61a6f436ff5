import { allows, type Changes, type OpenedWindow, type OpenWindow } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { note } from '../audit/noted.js';
import type { Database, Queryable, Statement } from '../db/database.js';
import { newId } from '../db/ids.js';
import { ApiError, notFound } from '../errors.js';
import { newKey } from './api-keys.js';
import type { Authenticator } from './authenticator.js';
import type { Caller } from './caller.js';
import { type PresentableKey, presentApiKey, presentableColumns } from './present-api-key.js';

/** $1 runner, $2 org. Of two that open a window of one runner at once, the second waits here. */
const lockRunner: Statement = {
  name: 'lock-runner-for-window',
  text: 'SELECT name FROM runners WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL FOR NO KEY UPDATE',
};

/** The earlier secret is worth nothing from then on, nor is a browser that signed in with it. $1 runner, $2 org. */
const endBrowsers: Statement = {
  name: 'end-browsers-of-window',
  text: `
DELETE FROM browser_sessions s USING api_keys k
WHERE k.id = s.api_key_id AND k.window_of = $1 AND k.org_id = $2 AND k.revoked_at IS NULL`,
};

/**
 * The one valid window of a runner, with another secret where there is one: so the list has one for a computer, not one for each
 * time. It is no longer good, and may ask for no more, than the key that opens it; for what a sign-in was given, than the key
 * that allowed it. $1 id, $2 runner, $3 org, $4 name, $5 hash, $6 prefix, $7 last four, $8 scopes, $9 key that opens it.
 */
const openOne: Statement = {
  name: 'open-window',
  text: `
WITH opener AS (
  SELECT COALESCE(CASE WHEN for_sign_in THEN enrolled_by END, id) AS id FROM api_keys WHERE id = $9 AND org_id = $3
)
INSERT INTO api_keys AS w (id, window_of, org_id, name, hash, prefix, last_four, scopes, enrolled_by, expires_at, most_requests,
  most_queued, most_streams)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, k.id, k.expires_at, k.most_requests, k.most_queued, k.most_streams
FROM opener JOIN api_keys k ON k.id = opener.id AND k.org_id = $3
WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
ON CONFLICT (window_of) WHERE window_of IS NOT NULL AND revoked_at IS NULL DO UPDATE SET
  name = EXCLUDED.name, hash = EXCLUDED.hash, prefix = EXCLUDED.prefix, last_four = EXCLUDED.last_four, scopes = EXCLUDED.scopes,
  enrolled_by = EXCLUDED.enrolled_by, expires_at = EXCLUDED.expires_at, most_requests = EXCLUDED.most_requests,
  most_queued = EXCLUDED.most_queued, most_streams = EXCLUDED.most_streams
RETURNING ${presentableColumns('w')}`,
};

/** What a sign-in was given has done its work. $1 key. */
const endSignIn: Statement = {
  name: 'end-sign-in',
  text: 'UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND for_sign_in AND revoked_at IS NULL',
};

/** Longest name of a key. */
const mostName = 100;

/**
 * Gives the window of a runner's computer a key of its own. Throws NOT_FOUND where the credential is not the runner's, FORBIDDEN
 * for a scope that the caller's key has not, and for a runner's own credential: whoever finds that on the disk opens nothing.
 */
export async function openWindow(
  { database, authenticator }: { database: Database; authenticator: Authenticator },
  { org, key }: Caller,
  runnerId: string,
  { credential, scopes }: OpenWindow,
  by?: Actor,
): Promise<OpenedWindow> {
  if (key.runnerId !== null)
    throw new ApiError(
      'FORBIDDEN',
      'A runner’s own credential opens no window: use the key it enrolled with',
    );
  const lacking = scopes.find((scope) => !allows(key.scopes, scope));
  if (lacking !== undefined) throw new ApiError('FORBIDDEN', `The key lacks the scope ${lacking}`);
  const owner = await authenticator.callerOf(credential);
  if (owner?.org.id !== org.id || owner.key.runnerId !== runnerId) throw notFound('runner');
  const { key: secret, kept } = newKey();
  const opened = await database.transaction(async (tx) => {
    const [runner] = await tx.query<{ name: string }>(lockRunner, [runnerId, org.id]);
    if (!runner) throw notFound('runner');
    await tx.query(endBrowsers, [runnerId, org.id]);
    const name = `App on ${runner.name}`.slice(0, mostName).toWellFormed();
    const [window] = await tx.query<PresentableKey>(openOne, [
      ...[newId('key_'), runnerId, org.id, name, kept.hash, kept.prefix, kept.lastFour],
      ...[[...new Set(scopes)], key.id],
    ]);
    if (!window) throw new ApiError('UNAUTHORIZED', 'Authentication required');
    await tx.query(endSignIn, [key.id]);
    await note(tx, by, {
      ...{ action: 'window.open', orgId: org.id, subject: runnerId, name: runner.name },
      detail: { keyId: window.id, scopes: window.scopes },
    });
    return window;
  });
  database.wakeups.wake('keys');
  return { org, key: { ...presentApiKey(opened), key: secret } };
}

/** $1 runner, $2 org. */
const closeOne: Statement = {
  name: 'close-window',
  text: 'UPDATE api_keys SET revoked_at = now() WHERE window_of = $1 AND org_id = $2 AND revoked_at IS NULL',
};

/** Ends the window of a runner that is forgotten. Repeating it is harmless. */
export async function closeWindow(database: Database, orgId: string, runnerId: string): Promise<void> {
  await database.query(closeOne, [runnerId, orgId]);
  database.wakeups.wake('keys');
}

/** By what a path is about: $1 its id, $2 org, $3 runner. */
const ofRunner: Record<string, Statement | undefined> = {
  runs: {
    name: 'run-is-of-runner',
    text: 'SELECT true AS own FROM runs WHERE id = $1 AND org_id = $2 AND runner_id = $3',
  },
  approvals: {
    name: 'approval-is-of-runner',
    text: `
SELECT true AS own FROM approvals a JOIN runs r ON r.id = a.run_id
WHERE a.id = $1 AND a.org_id = $2 AND r.runner_id = $3`,
  },
  runners: {
    name: 'runner-is-runner',
    text: 'SELECT true AS own FROM runners WHERE id = $1 AND org_id = $2 AND id = $3',
  },
};

/** Throws NOT_FOUND for what is not of the one runner that the caller may see. Lists are cut down to it by their handlers. */
export async function admitToOwn(
  database: Queryable,
  { org }: Caller,
  runnerId: string,
  path: string,
  id: string,
): Promise<void> {
  const kind = path.split('/')[1] ?? '';
  const statement = ofRunner[kind];
  const [own] = statement ? await database.query(statement, [id, org.id, runnerId]) : [];
  if (!own) throw notFound(kind === 'runs' ? 'run' : kind === 'approvals' ? 'approval' : 'runner');
}

/** $1 runner, $2 runs, $3 approvals. Row: those of the runner. */
const ownOf: Statement = {
  name: 'changes-of-runner',
  text: `
SELECT ARRAY(SELECT id FROM runs WHERE id = ANY ($2::text[]) AND runner_id = $1) AS runs,
  ARRAY(SELECT a.id FROM approvals a JOIN runs r ON r.id = a.run_id
    WHERE a.id = ANY ($3::text[]) AND r.runner_id = $1) AS approvals`,
};

/** Of what changed, what a caller who may see one runner alone is told; undefined: nothing. */
export async function changesOfOwn(
  database: Queryable,
  runnerId: string,
  { runs = [], logs = [], approvals = [], runners = [] }: Changes,
): Promise<Changes | undefined> {
  const [row] = await database.query<{ runs: string[]; approvals: string[] }>(ownOf, [
    runnerId,
    [...runs, ...logs],
    approvals,
  ]);
  const own = new Set([...(row?.runs ?? []), ...(row?.approvals ?? []), runnerId]);
  const told = Object.entries({ runs, logs, approvals, runners })
    .map(([kind, ids]) => [kind, ids.filter((id) => own.has(id))] as const)
    .filter(([, ids]) => ids.length > 0);
  return told.length === 0 ? undefined : Object.fromEntries(told);
}
