import type { Logger } from 'pino';
import { type Trouble, troubleOf, troubles } from '../db/trouble.js';
import type { Metrics } from './metrics.js';
import { Repeats } from './repeats.js';

/** Counts what the database could not do, and says it in the log as often as somebody reads it. */
export class Troubles {
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #repeats = new Repeats();

  constructor(log: Logger, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** @returns what is the matter with the database; undefined for any other fault, which is not ours to tell */
  note(error: unknown): Trouble | undefined {
    const trouble = troubleOf(error);
    if (trouble === undefined) return undefined;
    this.#metrics.troubles.inc({ kind: trouble });
    if (isConnectionTimeout(error)) this.#metrics.connectionTimeouts.inc();
    const { message } = error as Error;
    this.#repeats.say(trouble, (times) => {
      const level = trouble === 'full' ? 'error' : 'warn';
      this.#log[level]({ trouble, times, reason: message }, troubles[trouble]);
    });
    return trouble;
  }
}

/** Of the pool, which has none left, or of a connection that is not made: pg's words, under what Prisma makes of them. */
function isConnectionTimeout(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, cause } = error as Record<string, unknown>;
  if (code === 'P2024') return true;
  return /^timeout exceeded when trying to connect/.test(String(message)) || isConnectionTimeout(cause);
}
