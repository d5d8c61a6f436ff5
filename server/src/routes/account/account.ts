import { randomBytes } from 'node:crypto';
import { type BrowserSession, signedInCookie } from '@agentfleet/contract';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { askedByOwnPage, sessionCookie, sha256 } from '../../auth/authenticator.js';
import { beginBrowserSession, endBrowserSessions } from '../../auth/browser-sessions.js';
import type { Caller } from '../../auth/caller.js';
import { updateOrg } from '../../auth/orgs.js';
import { ApiError, rateLimited } from '../../errors.js';
import type { AppOptions } from '../../http/app-options.js';
import { actorOf, callerOf } from '../../http/caller-of.js';
import type { Context } from '../../http/context.js';
import type { Handlers } from '../handler.js';

/** How long a browser stays signed in, ms. */
const sessionMs = 14 * 24 * 3_600_000;
/** Failed attempts to sign in a minute from one address. */
const failures = new RateLimiterMemory({ points: 20, duration: 60 });

export const accountHandlers: Pick<
  Handlers,
  'getMe' | 'updateOrg' | 'createBrowserSession' | 'getBrowserSession' | 'deleteBrowserSession'
> = {
  async getMe({ context }) {
    const { org, key } = callerOf(context);
    return { org, key };
  },

  updateOrg: ({ context, options, body }) =>
    updateOrg(options.database, callerOf(context).org.id, body, actorOf(context)),

  async createBrowserSession({ context, options, body }) {
    const caller =
      'apiKey' in body
        ? await options.authenticator.callerOf(body.apiKey.trim())
        : await callerOfCode(options, body.code);
    if (!caller) throw await signInFailed(context.ip);
    const secret = randomBytes(32).toString('base64url');
    const csrfToken = randomBytes(24).toString('base64url');
    const expiresAt = new Date(options.database.now() + sessionMs);
    context.state.caller = caller;
    await beginBrowserSession(
      options.database,
      { hash: sha256(secret), keyId: caller.key.id, orgId: caller.org.id, csrfToken, expiresAt },
      actorOf(context),
    );
    setCookie(context, secret, expiresAt);
    return present({ ...caller, session: { hash: sha256(secret), csrfToken, expiresAt } });
  },

  async getBrowserSession({ context }) {
    // Cookies of a host go to each of its ports: the token, which proves that a page is ours, goes to pages of ours alone.
    if (!askedByOwnPage(context))
      throw new ApiError('FORBIDDEN', 'The session is told to pages of its own site alone');
    return present(callerOf(context));
  },

  async deleteBrowserSession({ context, options }) {
    const { key, org } = callerOf(context);
    await endBrowserSessions(options.database, org.id, key.id, actorOf(context));
    setCookie(context, '', new Date(0));
    return {};
  },
};

async function callerOfCode(
  { signInCodes, authenticator }: AppOptions,
  code: string,
): Promise<Caller | undefined> {
  const keyId = signInCodes.redeem(code);
  return keyId === undefined ? undefined : authenticator.callerOfKey(keyId);
}

/**
 * Keys and codes are too long to guess; the limit keeps a flood of guesses out of the log. It never refuses a good
 * key: behind a proxy everybody has the same address.
 */
async function signInFailed(address: string): Promise<ApiError> {
  try {
    await failures.consume(address);
    return new ApiError('UNAUTHORIZED', 'The key or sign-in link is wrong, used, expired or revoked');
  } catch (limit) {
    return rateLimited('Too many failed attempts to sign in', (limit as RateLimiterRes).msBeforeNext);
  }
}

function present({ org, key, session }: Caller): BrowserSession {
  if (!session) throw new ApiError('UNAUTHORIZED', 'The request carries no browser session');
  return { org, key, csrfToken: session.csrfToken, expiresAt: session.expiresAt.toISOString() };
}

function setCookie(context: Context, value: string, expires: Date): void {
  const secure = context.secure || context.get('X-Forwarded-Proto') === 'https';
  const flags = `SameSite=Strict; Path=/; Expires=${expires.toUTCString()}${secure ? '; Secure' : ''}`;
  context.append('Set-Cookie', `${sessionCookie}=${value}; HttpOnly; ${flags}`);
  context.append('Set-Cookie', `${signedInCookie}=${value && 1}; ${flags}`);
}
