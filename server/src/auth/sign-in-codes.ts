import { randomBytes } from 'node:crypto';
import { sha256 } from './authenticator.js';

/** How long a code can be used, ms. */
const lifetimeMs = 10 * 60_000;

/** One-time codes that sign a browser in without its user pasting a key: `npm start` prints one as a link. */
export class SignInCodes {
  readonly #codes = new Map<string, { apiKeyId: string; until: number }>();
  readonly #now: () => number;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** @param apiKeyId the key that the session will have the scopes of, and end with */
  issue(apiKeyId: string): string {
    const code = randomBytes(24).toString('base64url');
    this.#codes.set(sha256(code).toString('hex'), { apiKeyId, until: this.#now() + lifetimeMs });
    return code;
  }

  /** The id of the key behind a code, once. */
  redeem(code: string): string | undefined {
    const hash = sha256(code).toString('hex');
    const found = this.#codes.get(hash);
    this.#codes.delete(hash);
    return found && found.until > this.#now() ? found.apiKeyId : undefined;
  }
}
