import type { Statement } from '../../db/database.js';

/**
 * Stores a batch of consecutive events once, in one statement: the row lock on the run makes writers take turns,
 * what is stored already is left alone, a gap stores nothing, and the attempt's checksum grows with what was new.
 *
 * $1 run, $2 org, $3 token, $4 first seq, $5 last seq, then arrays in order of seq: $6 seqs, $7 kinds,
 * $8 messages, $9 data (JSON text or null), $10 times, $11 digests; $12 the agent's session or null;
 * $13 whether the session is stalled.
 * Row: { last_seq } before the append, { outcome } of the attempt, { conflicts }; no row when the token is stale.
 */
export const appendEvents: Statement = {
  name: 'append-events',
  text: `
WITH held AS (
  SELECT r.id, r.last_seq, a.token, a.outcome
  FROM runs r JOIN attempts a ON a.run_id = r.id AND a.number = r.attempt
  WHERE r.id = $1 AND r.org_id = $2 AND a.token = $3 AND (a.outcome IS NULL OR a.outcome IN ('lost', 'finished'))
  FOR UPDATE OF r, a
),
fresh AS (
  SELECT e.* FROM held, unnest($6::bigint[], $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::int[])
    AS e(seq, kind, message, data, at, digest)
  WHERE e.seq > held.last_seq AND $4 <= held.last_seq + 1 AND held.outcome IS DISTINCT FROM 'finished'
),
stored AS (
  INSERT INTO events (run_id, seq, kind, message, data, at, digest)
  SELECT $1, seq, kind, message, data::jsonb, at, digest FROM fresh
),
moved AS (
  UPDATE runs SET last_seq = $5, agent_session_id = COALESCE($12, agent_session_id),
    stalled_at = CASE WHEN $13::boolean THEN COALESCE(stalled_at, now()) END
  WHERE id = $1 AND EXISTS (SELECT FROM fresh)
),
summed AS (
  UPDATE attempts a SET log_checksum = a.log_checksum + (SELECT sum(digest) FROM fresh)
  FROM held WHERE a.token = held.token AND EXISTS (SELECT FROM fresh)
)
SELECT held.last_seq, held.outcome, (
  SELECT count(*) FROM unnest($6::bigint[], $11::int[]) AS e(seq, digest)
  JOIN events s ON s.run_id = $1 AND s.seq = e.seq
  WHERE e.seq <= held.last_seq AND s.digest <> e.digest
) AS conflicts
FROM held`,
};
export interface AppendOutcome {
  last_seq: number;
  outcome: 'lost' | 'finished' | null;
  conflicts: number;
}
