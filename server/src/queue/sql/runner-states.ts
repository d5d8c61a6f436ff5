import type { Command } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { notAwaited } from '../../db/not-awaited.js';
import { commandJson } from './command-json.js';

/**
 * Notes that runners poll, and reads what decides on their claims.
 * $1 org, then arrays: $2 runners, $3 draining, $4 for how many ms the claim is open. Rows: a RunnerState for each
 * runner that exists.
 */
export const runnerStates: Statement = {
  name: 'runner-states',
  text: `
WITH ${notAwaited},
asked AS (
  SELECT DISTINCT ON (id) * FROM unnest($2::text[], $3::boolean[], $4::int[]) AS asked(id, draining, wait_ms)
  LIMIT cardinality($2) -- db/plan-once.ts
),
touched AS (
  -- A busy runner claims many times a second: once a second is enough to be seen.
  UPDATE runners r SET last_seen_at = now(), draining = asked.draining,
    polling_until = GREATEST(r.polling_until, now() + asked.wait_ms * interval '1 ms')
  FROM asked, not_awaited
  WHERE r.id = asked.id AND r.org_id IS NOT DISTINCT FROM $1 AND r.deleted_at IS NULL AND (
    r.last_seen_at < now() - interval '1 s' OR r.draining <> asked.draining OR (asked.wait_ms > 0
      AND COALESCE(r.polling_until < now() + (asked.wait_ms - 1000) * interval '1 ms', true)))
)
SELECT r.id AS "runnerId", r.paused_at IS NOT NULL AS paused, r.platform,
  r.directory_keys AS "directoryKeys", r.permission_modes AS "permissionModes",
  r.max_concurrent_runs AS "maxConcurrentRuns",
  (SELECT max_concurrent_runs FROM orgs WHERE id = $1) AS "orgLimit",
  (SELECT json_agg(json_build_object('runId', a.id, 'cwdKey', a.cwd_key, 'sharedCwd', a.shared_cwd,
      'status', a.status, 'token', a.attempt_token, 'watched', COALESCE(a.watched_until > now(), false)))
    FROM runs a WHERE a.org_id = $1 AND a.runner_id = r.id AND a.status IN ('CLAIMED', 'RUNNING')) AS active,
  (SELECT json_agg(${commandJson('c')} ORDER BY c.created_at)
    FROM commands c JOIN runs a ON a.id = c.run_id
    WHERE c.runner_id = r.id AND c.acknowledged_at IS NULL AND a.status IN ('CLAIMED', 'RUNNING')) AS commands
FROM asked CROSS JOIN LATERAL (
  SELECT * FROM runners r WHERE r.id = asked.id AND r.org_id IS NOT DISTINCT FROM $1 AND r.deleted_at IS NULL OFFSET 0
) r`,
};
export interface RunnerState {
  runnerId: string;
  paused: boolean;
  platform: string;
  directoryKeys: string[];
  permissionModes: string[];
  maxConcurrentRuns: number;
  /** Most runs of the org at once; null without a limit. */
  orgLimit: number | null;
  /** Null when there is none. */
  active: ActiveRun[] | null;
  commands: Command[] | null;
}
export interface ActiveRun {
  runId: string;
  cwdKey: string;
  sharedCwd: boolean;
  status: 'CLAIMED' | 'RUNNING';
  token: string;
  /** Somebody watches it live. */
  watched: boolean;
}
