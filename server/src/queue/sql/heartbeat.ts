import type { Command } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { notAwaited } from '../../db/not-awaited.js';
import { openCommands } from './open-commands.js';
import { mostLeases, renewedLeases } from './renew-leases.js';

/**
 * A heartbeat: notes that the runner was heard from, renews the leases that it says it holds, and reads what it is to be
 * told. One that has ended is back when it registers: a claim of its that was still on the way does not count.
 *
 * $1 runner; arrays in order of the run's id: $2 runs, $3 tokens; $4 lease in ms, $5 org, $6 draining, $7 whether the
 * runner ends now. Row: a HeartbeatRow; none when the org has no such runner.
 */
export const heartbeatRunner: Statement = {
  name: 'heartbeat',
  text: `
WITH ${notAwaited},
runner AS MATERIALIZED (
  SELECT id, paused_at FROM runners WHERE id = $1 AND org_id = $5 AND deleted_at IS NULL
),
${renewedLeases('CROSS JOIN runner')},
touched AS (
  UPDATE runners r SET last_seen_at = now(), draining = $6,
    left_at = CASE WHEN $7 THEN now() ELSE r.left_at END,
    told_at = CASE WHEN cardinality($2) < ${mostLeases} THEN now() ELSE r.told_at END,
    polling_until = CASE WHEN $7 THEN NULL ELSE r.polling_until END
  FROM runner, not_awaited WHERE r.id = runner.id
)
SELECT ARRAY(SELECT run_id FROM renewed) AS renewed, ARRAY(SELECT run_id FROM renewed WHERE back) AS back,
  ARRAY(
    SELECT w.id FROM unnest($2::text[]) AS held(run_id) CROSS JOIN LATERAL (
      SELECT w.id FROM runs w
      WHERE w.id = held.run_id AND w.runner_id IS NOT DISTINCT FROM $1 AND w.org_id IS NOT DISTINCT FROM $5
        AND w.status IN ('CLAIMED', 'RUNNING') AND w.watched_until > now() OFFSET 0
    ) w
  ) AS watched,
  ${openCommands('$1')} AS commands, paused_at, now() AS server_time
FROM runner`,
};
export interface HeartbeatRow {
  /** Runs whose leases were renewed. */
  renewed: string[];
  /** Those of them that were out of reach. */
  back: string[];
  /** Runs that somebody watches live. */
  watched: string[];
  /** What is still to be asked of the runner, for runs that it still works on; null when there is nothing. */
  commands: Command[] | null;
  paused_at: Date | null;
  server_time: Date;
}
