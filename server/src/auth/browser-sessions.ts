import type { Actor } from '../audit/actor.js';
import { actorValue, noted } from '../audit/noted.js';
import type { Queryable, Statement } from '../db/database.js';

/** Whoever signs in, or out, has the key. */
const nameOfKey = `noting.who ->> 'name'`;

/** $1 hash of its secret, $2 key, $3 token against forged requests, $4 when it ends, $5 org, $6 who. */
const begin: Statement = {
  name: 'begin-browser-session',
  text: `
WITH made AS (
  INSERT INTO browser_sessions (hash, api_key_id, csrf_token, expires_at) VALUES ($1, $2, $3, $4) RETURNING api_key_id
)
${noted({
  ...{ by: '$6', action: 'browser.sign-in', org: '$5::text', subject: 'made.api_key_id', from: 'made' },
  name: nameOfKey,
})}`,
};

/** $1 key, $2 org, $3 who. */
const end: Statement = {
  name: 'end-browser-sessions',
  text: `
WITH ended AS (DELETE FROM browser_sessions WHERE api_key_id = $1 RETURNING api_key_id)
${noted({
  ...{ by: '$3', action: 'browser.sign-out', org: '$2::text', subject: 'ended.api_key_id' },
  ...{ from: '(SELECT DISTINCT api_key_id FROM ended) ended', name: nameOfKey },
})}`,
};

export async function beginBrowserSession(
  database: Queryable,
  session: { hash: Buffer; keyId: string; orgId: string; csrfToken: string; expiresAt: Date },
  by: Actor,
): Promise<void> {
  const { hash, keyId, csrfToken, expiresAt, orgId } = session;
  await database.query(begin, [hash, keyId, csrfToken, expiresAt, orgId, actorValue(by)]);
}

/** Ends all of a key. */
export async function endBrowserSessions(
  database: Queryable,
  orgId: string,
  keyId: string,
  by: Actor,
): Promise<void> {
  await database.query(end, [keyId, orgId, actorValue(by)]);
}
