import { createHash, timingSafeEqual } from 'node:crypto';
import { allows, headers, isWellFormedApiKey, type Route } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import { notAwaited } from '../db/not-awaited.js';
import { ApiError } from '../errors.js';
import type { Context } from '../http/context.js';
import { together } from '../together.js';
import type { Caller } from './caller.js';
import { defaultOrgLimits, type OrgLimits, OrgShares } from './org-shares.js';
import { OtherOrgs } from './other-orgs.js';
import { type PresentableKey, presentApiKey } from './present-api-key.js';
import { RecentKeys } from './recent-keys.js';
import { Shares } from './shares.js';

export const sessionCookie = 'agentfleet_session';

/** To the minute: it is written no more often. */
const isUnnoted = `k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute'`;

const keyColumns = `k.id, k.name, k.scopes, k.prefix, k.last_four AS "lastFour", k.created_at AS "createdAt",
  k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt", k.revoked_at AS "revokedAt", k.runner_id AS "runnerId", k.window_of AS "windowOf",
  k.runner_instance AS "runnerInstance", k.most_enrolments AS "mostEnrolments", k.enrolments, k.directories,
  k.name_prefix AS "namePrefix", k.most_requests AS "mostRequests", k.most_queued AS "mostQueued",
  k.most_streams AS "mostStreams", ${isUnnoted} AS unnoted,
  o.id AS org_id, o.name AS org_name, o.require_runner_credentials, o.most_requests AS org_requests,
  o.most_queued AS org_queued, o.most_appended_mb AS org_appended_mb, o.most_streams AS org_streams`;

/** $1 SHA-256 of the keys. */
const findKeys: Statement = {
  name: 'find-api-keys',
  text: `
SELECT k.hash, ${keyColumns} FROM api_keys k JOIN orgs o ON o.id = k.org_id
WHERE k.hash = ANY ($1::bytea[]) AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`,
};

/** $1 key id. */
const findKeyById: Statement = {
  name: 'find-api-key-by-id',
  text: `
SELECT k.hash, ${keyColumns} FROM api_keys k JOIN orgs o ON o.id = k.org_id
WHERE k.id = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`,
};

/** $1 SHA-256 of the cookies. */
const findSessions: Statement = {
  name: 'find-browser-sessions',
  text: `
SELECT s.hash, ${keyColumns}, s.csrf_token, s.expires_at AS session_expires_at
FROM browser_sessions s JOIN api_keys k ON k.id = s.api_key_id JOIN orgs o ON o.id = k.org_id
WHERE s.hash = ANY ($1::bytea[]) AND s.expires_at > now() AND k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > now())`,
};

/** Of several servers that meet a key at once, one writes. $1 key ids. */
const noteUse: Statement = {
  name: 'note-key-use',
  text: `
WITH ${notAwaited},
due AS (SELECT k.id FROM api_keys k WHERE k.id = ANY ($1::text[]) AND (${isUnnoted}) FOR NO KEY UPDATE SKIP LOCKED)
UPDATE api_keys k SET last_used_at = now() FROM not_awaited, due WHERE k.id = due.id`,
};

interface KeyRow extends PresentableKey {
  /** Of the key or the cookie. */
  hash: Buffer;
  runnerInstance: string | null;
  unnoted: boolean;
  org_id: string;
  org_name: string;
  require_runner_credentials: boolean;
  org_requests: number | null;
  org_queued: number | null;
  org_appended_mb: number | null;
  org_streams: number | null;
}
type SessionRow = KeyRow & { csrf_token: string; session_expires_at: Date };

/** Credentials looked up by one statement. */
const mostTogether = 200;

export const sha256 = (text: string) => createHash('sha256').update(text).digest();

const unauthorized = () => new ApiError('UNAUTHORIZED', 'Authentication required');

/** Tells who calls, by API key or by browser session. */
export class Authenticator {
  /** What keys ask for. What they have queued is counted in the database, where it stands: queue/sql/insert-run.ts. */
  readonly shares = new Shares('key');
  /** What orgs ask for. */
  readonly orgShares: OrgShares;
  /** Who is there besides whom. */
  readonly otherOrgs = new OtherOrgs();
  readonly #orgLimits: OrgLimits;
  readonly #database: Database;
  /** What comes together is looked up together. */
  readonly #findKey: (hash: Buffer) => Promise<KeyRow | undefined>;
  readonly #noteUse: (id: string) => Promise<undefined>;
  readonly #recentKeys: RecentKeys<Caller>;
  readonly #findSession: (hash: Buffer) => Promise<SessionRow | undefined>;

  /** @param orgLimits of an org that has none of its own */
  constructor(database: Database, orgLimits: Partial<OrgLimits> = {}) {
    this.#database = database;
    this.#orgLimits = { ...defaultOrgLimits, ...orgLimits };
    this.orgShares = new OrgShares(database);
    this.#findKey = together({ most: mostTogether }, (hashes) => find<KeyRow>(database, findKeys, hashes));
    this.#noteUse = together({ most: mostTogether }, async (ids) => {
      await database.query(noteUse, [ids]);
      return ids.map(() => undefined);
    });
    // What is remembered has been presented: a use that is to be noted is noted once, not by each request that follows.
    this.#recentKeys = new RecentKeys(database.wakeups, async (hash) => {
      const row = await this.#findKey(hash);
      return row && this.#present(row);
    });
    this.#findSession = together({ most: mostTogether }, (hashes) =>
      find<SessionRow>(database, findSessions, hashes),
    );
  }

  /**
   * Throws UNAUTHORIZED, RATE_LIMITED, or FORBIDDEN when the credentials lack the scope.
   * @param options.isCounted whether the request counts for the key's limit
   * @param options.ofOwnRunner whether the window of a computer may, for its own runner
   */
  async authenticate(
    context: Context,
    scope: Exclude<Route['scope'], 'public'>,
    { isCounted = true, ofOwnRunner = false } = {},
  ): Promise<Caller> {
    const caller = (await this.#byKey(context)) ?? (await this.#bySession(context));
    if (!caller) throw unauthorized();
    this.otherOrgs.seen(caller.org.id);
    if (isCounted) {
      await this.orgShares.countRequest(limitedOrgOf(caller));
      await this.shares.countRequest(caller.key);
    }
    if (scope !== 'any' && !allows(caller.key.scopes, scope)) {
      const { windowOf } = caller.key;
      if (ofOwnRunner && windowOf) return { ...caller, onlyRunner: windowOf };
      throw new ApiError('FORBIDDEN', `The key lacks the scope ${scope}`);
    }
    return caller;
  }

  /** Whether the credentials of an open stream still hold. */
  async stillValid(context: Context): Promise<boolean> {
    const key = keyOf(context);
    if (key !== undefined && isWellFormedApiKey(key)) return (await this.#findKey(sha256(key))) !== undefined;
    return (await this.#bySession(context)) !== undefined;
  }

  /** The caller behind a key; undefined when it is malformed, unknown, revoked or expired. */
  async callerOf(apiKey: string): Promise<Caller | undefined> {
    if (!isWellFormedApiKey(apiKey)) return undefined;
    return this.#recentKeys.find(sha256(apiKey));
  }

  /** The caller whose key has this id, for a sign-in link; undefined when it is revoked or expired. */
  async callerOfKey(id: string): Promise<Caller | undefined> {
    const [row] = await this.#database.query<KeyRow>(findKeyById, [id]);
    return row && this.#present(row);
  }

  #byKey(context: Context): Promise<Caller | undefined> {
    const key = keyOf(context);
    return key === undefined ? Promise.resolve(undefined) : this.callerOf(key);
  }

  async #bySession(context: Context): Promise<Caller | undefined> {
    const secret = context.get('Authorization') ? undefined : context.cookies.get(sessionCookie);
    if (!secret) return undefined;
    const hash = sha256(secret);
    const row = await this.#findSession(hash);
    if (!row) return undefined;
    const safe = context.method === 'GET' || context.method === 'HEAD';
    if (!safe && !sameText(context.get(headers.csrf), row.csrf_token)) {
      throw new ApiError('FORBIDDEN', `The request needs the header ${headers.csrf} of this browser session`);
    }
    if (!safe && !fromOwnPage(context)) throw fromElsewhere(context);
    return {
      ...this.#present(row),
      session: { hash, csrfToken: row.csrf_token, expiresAt: row.session_expires_at },
    };
  }

  #present(row: KeyRow): Caller {
    if (row.unnoted) {
      // Those who came together share the row.
      row.unnoted = false;
      this.#noteUse(row.id).catch(() => undefined);
    }
    return {
      org: {
        id: row.org_id,
        name: row.org_name,
        requireRunnerCredentials: row.require_runner_credentials,
      },
      orgLimits: {
        requestsPerMinute: row.org_requests ?? this.#orgLimits.requestsPerMinute,
        queuedRuns: row.org_queued ?? this.#orgLimits.queuedRuns,
        appendedMbPerMinute: row.org_appended_mb ?? this.#orgLimits.appendedMbPerMinute,
        openStreams: row.org_streams ?? this.#orgLimits.openStreams,
      },
      key: presentApiKey(row),
      runnerInstance: row.runnerInstance,
    };
  }
}

/** The caller's org as OrgShares knows orgs. */
export const limitedOrgOf = ({ org, orgLimits }: Caller) => ({ id: org.id, limits: orgLimits });

/** The key that a request carries. */
function keyOf(context: Context): string | undefined {
  const [scheme, key] = context.get('Authorization').split(/\s+/, 2);
  return scheme?.toLowerCase() === 'bearer' && key ? key : undefined;
}

/** The row of each hash, in their order. */
async function find<Row extends KeyRow>(database: Database, statement: Statement, hashes: Buffer[]) {
  const rows = new Map<string, Row>();
  for (const row of await database.query<Row>(statement, [hashes])) rows.set(row.hash.toString('hex'), row);
  return hashes.map((hash) => rows.get(hash.toString('hex')));
}

function sameText(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

/**
 * Browsers say where an unsafe request comes from. A proxy in front tells our public name as X-Forwarded-Host; where it
 * says that people reach us by TLS, a page of that name without TLS is anybody's on the way.
 */
function fromOwnPage(context: Context): boolean {
  const origin = context.get('Origin');
  if (origin === '') return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  const throughTls = firstOf(context.get('X-Forwarded-Proto')) === 'https';
  if (protocol !== 'https:' && (protocol !== 'http:' || throughTls)) return false;
  return host !== '' && [context.get('Host'), firstOf(context.get('X-Forwarded-Host'))].includes(host);
}

/** Whether a browser says that a page of ours asks, or nothing of it, as older ones and programs do. */
export function askedByOwnPage(context: Context): boolean {
  return ['', 'same-origin'].includes(context.get('Sec-Fetch-Site')) && fromOwnPage(context);
}

/** People meet it who have put a proxy in front: it is for them to mend. */
function fromElsewhere(context: Context): ApiError {
  const known = context.get('X-Forwarded-Host') || context.get('Host');
  return new ApiError(
    'FORBIDDEN',
    `The request comes from another site, ${context.get('Origin')}, while this server is reached as ${known}. A proxy in front must send the public name, with its port, as X-Forwarded-Host`,
  );
}

/** Of what several proxies said, each behind the one before, the word of the one that people reach. */
const firstOf = (said: string) => (said.split(',')[0] ?? '').trim().toLowerCase();
