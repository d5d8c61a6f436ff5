import type { Authenticator } from '../auth/authenticator.js';
import { every } from '../every.js';
import type { Context } from './context.js';

/** How often the credentials behind open answers are looked at, ms: revoking a key works within 5 s. */
const revalidateMs = 4_000;

interface OpenAnswer {
  context: Context;
  end: () => void;
}

/**
 * The answers that take their time: streams and long-polls. Each ends when its caller goes away, when the server
 * closes, or when the credentials of its request are revoked meanwhile; they are looked at once for all answers that
 * share them, for a thousand viewers may.
 */
export class OpenAnswers {
  readonly #authenticator: Authenticator;
  readonly #closing: AbortSignal;
  /** By what their requests carry as credentials. */
  readonly #answers = new Map<string, Set<OpenAnswer>>();

  constructor(authenticator: Authenticator, closing: AbortSignal) {
    this.#authenticator = authenticator;
    this.#closing = closing;
    const revalidating = every(revalidateMs, () => this.#revalidate());
    closing.addEventListener('abort', () => {
      void revalidating.stop();
      for (const answers of this.#answers.values()) endAll(answers);
    });
  }

  /** @returns aborts when the answer to the request must end */
  hold(context: Context): AbortSignal {
    const { res, state } = context;
    state.leaveCrowd?.();
    const over = new AbortController();
    const credentials = context.get('Authorization') || context.get('Cookie');
    const answers = this.#answers.get(credentials) ?? new Set();
    const answer: OpenAnswer = {
      context,
      end: () => {
        answers.delete(answer);
        if (answers.size === 0 && this.#answers.get(credentials) === answers)
          this.#answers.delete(credentials);
        over.abort();
      },
    };
    answers.add(answer);
    this.#answers.set(credentials, answers);
    res.once('close', answer.end);
    // A caller who went away before we listened is not told of again.
    if (this.#closing.aborted || res.destroyed) answer.end();
    return over.signal;
  }

  async #revalidate(): Promise<void> {
    const looks = [...this.#answers.values()].map(async (answers) => {
      const [one] = answers;
      if (!one) return;
      // The database is away: what was valid stays so until it is back.
      const valid = await this.#authenticator.stillValid(one.context).catch(() => true);
      if (!valid) endAll(answers);
    });
    await Promise.all(looks);
  }
}

function endAll(answers: Set<OpenAnswer>): void {
  for (const { end } of [...answers]) end();
}
