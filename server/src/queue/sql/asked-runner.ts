/**
 * `org` and `runner`: the runners that ask for runs, each as it is at this moment, with the sessions that it holds. Parts of
 * a WITH that has `asked (id, slots)` before them, each runner once. `slots`: how many runs the runner may get, of those it
 * asks for; those counted that it was given before and does not know of.
 * @param parameters SQL: the org; the tokens that the runners know or are about to be told of
 * @param more SQL of further columns of `runner`, with a comma before each: `r` is its row
 */
export const askedRunner = ({ org, known, more = '' }: { org: string; known: string; more?: string }) => `
org AS MATERIALIZED (
  SELECT max_concurrent_runs AS most FROM orgs WHERE id = ${org}
),
runner AS MATERIALIZED (
  SELECT r.id, r.paused_at, r.paused_at IS NOT NULL AS paused, r.platform, r.directory_keys, r.permission_modes,
    r.max_concurrent_runs, org.most AS org_limit, held.active, held.many,
    hashtextextended(r.platform, COALESCE(org.most, -1))::text || hash_array_extended(r.directory_keys, 0)
      || hash_array_extended(r.permission_modes, 0) AS facts,
    LEAST(r.max_concurrent_runs - held.many, asked.slots - held.unknown) AS slots${more}
  FROM asked CROSS JOIN LATERAL (
    SELECT * FROM runners r WHERE r.id = asked.id AND r.org_id IS NOT DISTINCT FROM ${org} AND r.deleted_at IS NULL OFFSET 0
  ) r CROSS JOIN LATERAL (
    SELECT count(*)::int AS many,
      count(*) FILTER (WHERE a.status = 'CLAIMED' AND a.attempt_token <> ALL (${known}::text[]))::int AS unknown,
      json_agg(json_build_object('runId', a.id, 'cwdKey', a.cwd_key, 'sharedCwd', a.shared_cwd, 'status', a.status,
        'token', a.attempt_token, 'watched', COALESCE(a.watched_until > now(), false))) AS active
    FROM runs a WHERE a.org_id = ${org} AND a.runner_id = r.id AND a.status IN ('CLAIMED', 'RUNNING')
  ) held CROSS JOIN org
)`;

/** Whether a session of `runner` works in the directory, unless both share it. Parameters: SQL. */
export const directoryIsBusy = ({
  org,
  cwdKey,
  sharedCwd,
}: {
  org: string;
  cwdKey: string;
  sharedCwd: string;
}) => `(
  runner.many > 0 AND EXISTS (
    SELECT FROM runs a
    WHERE a.org_id = ${org} AND a.runner_id = runner.id AND a.status IN ('CLAIMED', 'RUNNING')
      AND a.cwd_key = ${cwdKey} AND NOT (a.shared_cwd AND ${sharedCwd}) OFFSET 0))`;
