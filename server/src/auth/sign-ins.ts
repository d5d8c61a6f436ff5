import { randomBytes, randomInt } from 'node:crypto';
import {
  allows,
  type DecideSignIn,
  type PolledSignIn,
  type SignIn,
  type StartedSignIn,
  type StartSignIn,
  UserCode,
  userCodeLetters,
  type WindowScope,
} from '@agentfleet/contract';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Actor } from '../audit/actor.js';
import { actorValue, noted } from '../audit/noted.js';
import type { Database, Statement } from '../db/database.js';
import { newId } from '../db/ids.js';
import { ApiError, notFound, rateLimited } from '../errors.js';
import type { Origin } from '../http/origin.js';
import { newKey } from './api-keys.js';
import { sha256 } from './authenticator.js';
import type { Caller } from './caller.js';

/** How long a computer may wait for somebody to decide, and how long it has for the rest then. */
const lifetime = `interval '10 minutes'`;
/** How often it asks, s; who asks sooner than a second before that is told to wait. */
const intervalSec = 3;

const aMinute = (points: number) => new RateLimiterMemory({ points, duration: 60 });
/** From one address, and from everywhere: a network has many addresses, and behind a proxy all have one. */
const starts = aMinute(30);
const allStarts = aMinute(300);
/** Codes of one org that are none: 34 bits are safe from guessing where one cannot guess fast. */
const guesses = aMinute(10);

/** $1 device hash, $2 code hash, $3 to $7 what it says of itself, $8 address, $9 forwarded for. */
const insertSignIn: Statement = {
  name: 'insert-sign-in',
  text: `
INSERT INTO sign_ins (device_hash, code_hash, computer, user_name, hostname, platform, version, address, forwarded_for, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + ${lifetime})
ON CONFLICT (code_hash) DO NOTHING
RETURNING expires_at AS "expiresAt", now() AS "serverTime"`,
};

/** Keeps a request that asks to be connected. */
export async function startSignIn(
  database: Database,
  asking: StartSignIn,
  { address, forwardedFor }: Origin,
): Promise<StartedSignIn> {
  await consume(starts, address, 'Too many computers ask to be connected');
  await consume(allStarts, '', 'Too many computers ask to be connected');
  const { computer, user, hostname, platform, version } = asking;
  for (;;) {
    const deviceCode = randomBytes(32).toString('base64url');
    const userCode = newUserCode();
    const [row] = await database.query<{ expiresAt: Date; serverTime: Date }>(insertSignIn, [
      ...[sha256(deviceCode), sha256(userCode), computer, user, hostname, platform, version],
      ...[address, forwardedFor],
    ]);
    // Else somebody else waits with the same code.
    if (!row) continue;
    return {
      ...{ deviceCode, userCode, intervalSec, path: `/connect?code=${userCode}` },
      expiresAt: row.expiresAt.toISOString(),
      serverTime: row.serverTime.toISOString(),
    };
  }
}

function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => userCodeLetters.charAt(randomInt(userCodeLetters.length)));
  return UserCode.parse(letters.join(''));
}

/** $1 device hash. Row: unless it is asked too often. */
const poll: Statement = {
  name: 'poll-sign-in',
  text: `
UPDATE sign_ins SET polled_at = now() WHERE device_hash = $1 AND expires_at > now()
  AND (polled_at IS NULL OR polled_at < now() - interval '${intervalSec - 1} seconds')
RETURNING decision`,
};

const isWaiting: Statement = {
  name: 'is-sign-in',
  text: 'SELECT true AS there FROM sign_ins WHERE device_hash = $1 AND expires_at > now()',
};

const forgetDenied: Statement = {
  name: 'forget-denied-sign-in',
  text: `DELETE FROM sign_ins WHERE device_hash = $1 AND decision = 'deny'`,
};

/**
 * Ends a sign-in that was allowed, once, and makes its key, if the key that allowed it is still good. $1 device hash, $2 key id,
 * $3 hash, $4 prefix, $5 last four. Row: none where another was first.
 */
const redeem: Statement = {
  name: 'redeem-sign-in',
  text: `
WITH gone AS (
  DELETE FROM sign_ins WHERE device_hash = $1 AND decision = 'allow' AND expires_at > now()
  RETURNING computer, window_scope, org_id, decided_by
),
made AS (
  INSERT INTO api_keys (id, org_id, name, hash, prefix, last_four, scopes, for_sign_in, enrolled_by, expires_at, most_enrolments,
    most_requests, most_queued, most_streams)
  SELECT $2, k.org_id, left('Connecting ' || gone.computer, 100), $3, $4, $5, ARRAY['runner', gone.window_scope], true, k.id,
    LEAST(now() + ${lifetime}, k.expires_at), 1, k.most_requests, k.most_queued, k.most_streams
  FROM gone JOIN api_keys k ON k.id = gone.decided_by AND k.org_id = gone.org_id
  WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
  RETURNING org_id, enrolled_by
)
SELECT gone.window_scope AS "window", o.id, o.name, o.require_runner_credentials AS "requireRunnerCredentials", k.name AS "allowedBy"
FROM gone JOIN made ON true JOIN orgs o ON o.id = made.org_id JOIN api_keys k ON k.id = made.enrolled_by`,
};
interface Redeemed {
  window: WindowScope;
  id: string;
  name: string;
  requireRunnerCredentials: boolean;
  allowedBy: string;
}

/** What was decided. What is looked for is the SHA-256 of the code, so that the time it takes tells nothing of the code. */
export async function pollSignIn(database: Database, deviceCode: string): Promise<PolledSignIn> {
  const hash = sha256(deviceCode);
  const [found] = await database.query<{ decision: 'allow' | 'deny' | null }>(poll, [hash]);
  if (!found) {
    const [there] = await database.query(isWaiting, [hash]);
    if (there) throw rateLimited('The computer asks too often', intervalSec * 1_000);
    throw over();
  }
  if (found.decision === null) return { state: 'waiting' };
  if (found.decision === 'deny') {
    await database.query(forgetDenied, [hash]);
    return { state: 'denied' };
  }
  const { key, kept } = newKey();
  const values = [hash, newId('key_'), kept.hash, kept.prefix, kept.lastFour];
  const [redeemed] = await database.query<Redeemed>(redeem, values);
  if (!redeemed) throw over();
  const { window, allowedBy, ...org } = redeemed;
  return { state: 'allowed', key, window, org, allowedBy };
}

const over = () =>
  new ApiError('NOT_FOUND', 'This sign-in has run out or was used: start another on the computer');

const columns = `computer, user_name AS user, hostname, platform, version, address, forwarded_for AS "forwardedFor",
  created_at AS "createdAt", expires_at AS "expiresAt"`;
type Row = Omit<SignIn, 'state' | 'createdAt' | 'expiresAt'> & { createdAt: Date; expiresAt: Date };

/** $1 code hash. */
const findSignIn: Statement = {
  name: 'find-sign-in',
  text: `SELECT ${columns} FROM sign_ins WHERE code_hash = $1 AND decision IS NULL AND expires_at > now()`,
};

/** Of several who decide at once one does. $1 code hash, $2 decision, $3 window, $4 org, $5 key, $6 who. */
const decide: Statement = {
  name: 'decide-sign-in',
  text: `
WITH decided AS (
  UPDATE sign_ins SET decision = $2, window_scope = $3, org_id = $4, decided_by = $5
  WHERE code_hash = $1 AND decision IS NULL AND expires_at > now()
  RETURNING ${columns}
),
noted AS (${noted({
    ...{ by: '$6', org: '$4', subject: '$4', name: 'decided.computer', from: 'decided' },
    action: { sql: `CASE $2 WHEN 'allow' THEN 'computer.allow' ELSE 'computer.deny' END` },
    detail: `jsonb_strip_nulls(jsonb_build_object('window', $3::text, 'user', decided.user, 'hostname', decided.hostname,
      'address', decided.address, 'forwardedFor', decided."forwardedFor"))`,
  })})
SELECT * FROM decided`,
};

/** Who waits with this code, until somebody has decided. Throws NOT_FOUND, FORBIDDEN, RATE_LIMITED. */
export async function getSignIn(database: Database, caller: Caller, code: string): Promise<SignIn> {
  return presented('waiting', await lookUp(caller, () => database.query<Row>(findSignIn, [sha256(code)])));
}

/** Connects who waits with this code to the caller's org, or refuses it: once. Throws as `getSignIn`. */
export async function decideSignIn(
  database: Database,
  caller: Caller,
  code: string,
  decision: DecideSignIn,
  by?: Actor,
): Promise<SignIn> {
  const window = decision.decision === 'allow' ? decision.window : null;
  if (window !== null && !allows(caller.key.scopes, window)) throw lacks(window);
  const values = [sha256(code), decision.decision, window, caller.org.id, caller.key.id, actorValue(by)];
  const row = await lookUp(caller, () => database.query<Row>(decide, values));
  return presented(decision.decision === 'allow' ? 'allowed' : 'denied', row);
}

/** What a code finds; codes that find nothing are counted before they are looked up, so that many at once are too. */
async function lookUp({ org, key }: Caller, find: () => Promise<Row[]>): Promise<Row> {
  // Who connects a runner sees what it does; a key that only enrols shows nobody a page.
  if (!allows(key.scopes, 'runs:read')) throw lacks('runs:read');
  await consume(guesses, org.id, 'Too many codes that are none');
  const [row] = await find();
  if (!row) throw notFound('sign-in');
  await guesses.reward(org.id);
  return row;
}

function presented(state: SignIn['state'], { createdAt, expiresAt, ...asking }: Row): SignIn {
  return { ...asking, state, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
}

const lacks = (scope: string) => new ApiError('FORBIDDEN', `The key lacks the scope ${scope}`);

/** Throws RATE_LIMITED. */
async function consume(limiter: RateLimiterMemory, who: string, what: string): Promise<void> {
  try {
    await limiter.consume(who);
  } catch (used) {
    throw rateLimited(what, (used as RateLimiterRes).msBeforeNext);
  }
}
