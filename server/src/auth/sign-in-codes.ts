import { randomBytes } from 'node:crypto';
import { sha256 } from './authenticator.js';

/** How long a code can be used, ms. */
const lifetimeMs = 10 * 60_000;

/** One-time codes that sign a browser in without its user pasting a key: `npm start` prints one as a link. */
export class SignInCodes {
  readonly #codes = new Map<string, { apiKey: string; until: number }>();

  /** @param apiKey the key that the session will have the scopes of; it stays in this process’s memory */
  issue(apiKey: string): string {
    const code = randomBytes(24).toString('base64url');
    this.#codes.set(sha256(code).toString('hex'), { apiKey, until: performance.now() + lifetimeMs });
    return code;
  }

  /** The key behind a code, once. */
  redeem(code: string): string | undefined {
    const hash = sha256(code).toString('hex');
    const found = this.#codes.get(hash);
    this.#codes.delete(hash);
    return found && found.until > performance.now() ? found.apiKey : undefined;
  }
}
