import type { Statement } from '../../db/database.js';
import { askedRunner, directoryIsBusy } from './asked-runner.js';
import { launchNoted, newRunColumns, newRunParameters } from './insert-run.js';

/**
 * Stores a new run as claimed by a runner that waits for one, if at this moment it may take it as in `claimRuns` and no other
 * run of the org waits for a runner; else as queued. Unlike a claim it waits for the disk: what a POST was answered with is there.
 *
 * $1 to $23 as in `newRunParameters`; $24 runner, $25 its facts as it was taken for them, $26 how many runs it asks for,
 * $27 tokens that it knows or is about to be told of, $28 token, $29 lease in ms, $30 who launches it.
 * Row: a GivenRow; none when one with its id is there already.
 */
export const giveNewRun: Statement = {
  name: 'give-new-run',
  text: `
WITH asked AS (SELECT $24::text AS id, $26::int AS slots),
${askedRunner({ org: '$2', known: '$27' })},
given AS MATERIALIZED (
  SELECT id FROM runner WHERE facts = $25 AND NOT paused AND slots > 0
    AND NOT ${directoryIsBusy({ org: '$2', cwdKey: '$7', sharedCwd: '$12' })}
    AND NOT EXISTS (SELECT FROM runs q WHERE q.org_id = $2 AND q.status = 'QUEUED' AND q.ready)
),
made AS (
  INSERT INTO runs (${newRunColumns}, runner_id, status, attempt, attempt_token, lease_expires_at, claimed_at)
  VALUES (${newRunParameters}, (SELECT id FROM given),
    CASE WHEN EXISTS (SELECT FROM given) THEN 'CLAIMED' ELSE 'QUEUED' END::"RunStatus", (SELECT count(*) FROM given),
    (SELECT $28::text FROM given), (SELECT now() + $29 * interval '1 ms' FROM given), (SELECT now() FROM given))
  ON CONFLICT (id) DO NOTHING
  RETURNING id, org_id, parent_run_id, created_at, lease_expires_at
),
noted AS (${launchNoted('$30', 'made')})
SELECT created_at AS "createdAt", lease_expires_at AS "leaseExpiresAt" FROM made`,
};
export interface GivenRow {
  createdAt: Date;
  /** Null when it was not given: it is queued. */
  leaseExpiresAt: Date | null;
}
