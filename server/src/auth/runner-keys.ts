import type { Logger } from 'pino';
import type { Database, Statement } from '../db/database.js';
import { ApiError, notFound } from '../errors.js';
import type { Caller } from './caller.js';
import { RecentKeys } from './recent-keys.js';

/** $1 runner. */
const hasCredential: Statement = {
  name: 'has-credential',
  text: 'SELECT EXISTS (SELECT FROM api_keys WHERE runner_id = $1 AND revoked_at IS NULL) AS enrolled',
};

/**
 * Notes which process uses a credential now. When another one did before, and no registration lies between them, both do.
 * $1 key id, $2 the process. Row: none when it is the same one.
 */
const noteInstance: Statement = {
  name: 'note-runner-instance',
  text: `
WITH was AS (
  SELECT id, runner_instance, conflict_at FROM api_keys
  WHERE id = $1 AND runner_instance IS DISTINCT FROM $2 FOR NO KEY UPDATE
)
UPDATE api_keys k SET runner_instance = $2,
  conflict_at = CASE WHEN was.runner_instance IS NULL THEN k.conflict_at ELSE now() END
FROM was WHERE k.id = was.id
RETURNING was.runner_instance IS NOT NULL AS conflict, k.conflict_at AS "conflictAt",
  COALESCE(was.conflict_at > now() - interval '1 minute', false) AS "isKnown"`,
};
interface Noted {
  conflict: boolean;
  conflictAt: Date | null;
  /** It was found a short while ago. */
  isKnown: boolean;
}

/** Longest name of a process that is kept. */
const mostInstance = 64;

/** Decides for which runner a key speaks. A runner's own credential costs nothing here: its row says it. */
export class RunnerKeys {
  readonly #database: Database;
  readonly #log: Logger;
  /** Of runners that are asked for with an API key, as those are that know nothing of credentials. */
  readonly #enrolled: RecentKeys<{ enrolled: boolean }>;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
    this.#enrolled = new RecentKeys(database.wakeups, async (runnerId) => {
      const [row] = await database.query<{ enrolled: boolean }>(hasCredential, [runnerId.toString()]);
      return row;
    });
  }

  /**
   * Lets a caller be this runner. Throws NOT_FOUND for another's credential, and for an API key where the runner has a
   * credential; RUNNER_OUTDATED for an API key that only enrols.
   */
  async admit(caller: Caller, runnerId: string): Promise<void> {
    const own = runnerOf(caller);
    if (own === runnerId) return;
    if (own !== null || (await this.#enrolled.find(Buffer.from(runnerId)))?.enrolled)
      throw notFound('runner');
  }

  /**
   * When the caller's credential was found, just now, to be in use by another process too.
   * @param instance what the request calls its process; a runner's own always does
   */
  async conflictOf(caller: Caller, instance: string): Promise<string | undefined> {
    const using = instance.slice(0, mostInstance);
    const { key, org } = caller;
    if (key.runnerId === null || using === caller.runnerInstance) return undefined;
    const [noted] = await this.#database.query<Noted>(noteInstance, [key.id, using]);
    // Callers are remembered for a second.
    caller.runnerInstance = using;
    if (!noted?.conflict) return undefined;
    if (!noted.isKnown) {
      const found = { orgId: org.id, runnerId: key.runnerId, keyId: key.id };
      this.#log.warn(found, 'a runner’s credential is used from two places at once');
    }
    return noted.conflictAt?.toISOString();
  }
}

/**
 * The runner that a caller speaks for; null for an API key, which speaks for any that has no credential. Throws
 * RUNNER_OUTDATED for one that only enrols.
 */
export function runnerOf({ org, key }: Caller): string | null {
  if (key.runnerId !== null) return key.runnerId;
  if (org.requireRunnerCredentials || key.enrolment !== null) throw needsCredential();
  return null;
}

/** Old runners end with this sentence. */
export const needsCredential = () =>
  new ApiError(
    'RUNNER_OUTDATED',
    'This key only enrols: a runner needs a credential of its own here. Fetch the current runner from /agentfleet-runner.mjs and start it again.',
  );
