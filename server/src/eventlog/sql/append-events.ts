import type { Statement } from '../../db/database.js';
import { attemptMayBeOf } from '../../queue/sql/attempt-is-of.js';
import { backInReach } from '../../queue/sql/renew-leases.js';

/**
 * Stores batches of consecutive events once, one of each run, in one statement: the row lock on the run makes
 * writers take turns, what is stored already is left alone, a gap stores nothing, and the attempt's checksum grows
 * with what was new. An attempt that writes is still at its run: its lease is renewed, and the run is back if it was out of
 * reach.
 *
 * Arrays of appends in order of the run's id, so that two servers never wait for one another: $1 runs, $2 orgs,
 * $3 tokens, $4 first seqs, $5 last seqs, $6 the agent's sessions or null, $7 whether the session is stalled.
 * Arrays of all their events: $8 the append's place from 1 on, $9 seqs, $10 kinds, $11 messages, $12 data (JSON text
 * or null), $13 times (as texts), $14 digests. $15 lease in ms. $16 of the appends
 * again: the runners that they come from, or null.
 * Rows: an AppendOutcome for each append whose token holds the run.
 */
export const appendEvents: Statement = { name: 'append-events', text: appending('') };

/**
 * The same for batches of which some events have images, which are stored with them. Arrays of all images: $17 the
 * append's place, $18 seqs, $19 indexes, $20 types, $21 bytes (base64).
 */
export const appendWithImages: Statement = {
  name: 'append-with-images',
  text: appending(`
pictured AS (
  INSERT INTO event_images (run_id, seq, index, type, bytes)
  SELECT held.run_id, image.seq, image.index, image.type, decode(image.base64, 'base64')
  FROM unnest($17::int[], $18::bigint[], $19::int[], $20::text[], $21::text[])
    AS image(place, seq, index, type, base64)
  JOIN held ON held.place = image.place
  WHERE held.grows AND image.seq > held.last_seq
),`),
};

/** @param more what else is stored, as parts of the statement */
function appending(more: string): string {
  return `
WITH ask AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::boolean[],
    $16::text[]) WITH ORDINALITY AS ask(run_id, org_id, token, first_seq, new_seq, agent_session_id, stalled, by_runner, place)
  LIMIT cardinality($1) -- db/plan-once.ts
),
held AS (
  SELECT ask.*, r.last_seq, r.outcome, r.lost_at, r.back_at, ask.new_seq > r.last_seq AND ask.first_seq <= r.last_seq + 1
    AND r.outcome IS DISTINCT FROM 'finished' AS grows
  FROM ask CROSS JOIN LATERAL (
    -- Not an equality: the planner must find the run by its id, not walk those of the org.
    SELECT r.last_seq, r.attempt_outcome AS outcome, r.lost_at, r.back_at FROM runs r
    WHERE r.id = ask.run_id AND r.org_id IS NOT DISTINCT FROM ask.org_id AND r.attempt_token = ask.token
      AND (r.attempt_outcome IS NULL OR r.attempt_outcome IN ('lost', 'finished'))
      AND ${attemptMayBeOf('r', 'ask.by_runner')}
    FOR UPDATE
  ) r
),
-- The payloads are read in one place alone: what two read is copied for them first.
stored AS (
  INSERT INTO events (run_id, seq, kind, message, data, at, digest)
  SELECT held.run_id, given.seq, given.kind, given.message, given.data::jsonb, given.at::timestamptz, given.digest
  FROM unnest($8::int[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::int[])
    AS given(place, seq, kind, message, data, at, digest)
  JOIN held ON held.place = given.place
  WHERE held.grows AND given.seq > held.last_seq
),${more}
given AS (
  SELECT * FROM unnest($8::int[], $9::bigint[], $14::int[]) AS given(place, seq, digest)
),
sums AS (
  SELECT held.place, sum(given.digest) AS digests FROM given JOIN held ON held.place = given.place
  WHERE held.grows AND given.seq > held.last_seq GROUP BY held.place
),
moved AS (
  UPDATE runs r SET last_seq = CASE WHEN held.grows THEN held.new_seq ELSE r.last_seq END,
    log_checksum = r.log_checksum + COALESCE(sums.digests, 0),
    lease_expires_at = CASE WHEN held.outcome IS NULL THEN now() + $15 * interval '1 ms' END, ${backInReach('held')},
    agent_session_id = COALESCE(held.agent_session_id, r.agent_session_id),
    stalled_at = CASE WHEN held.stalled THEN COALESCE(r.stalled_at, now()) WHEN sums.place IS NULL THEN r.stalled_at END
  FROM held LEFT JOIN sums ON sums.place = held.place
  WHERE r.id = held.run_id AND (sums.place IS NOT NULL OR held.lost_at IS NOT NULL)
)
SELECT held.place::int AS place, held.last_seq AS "lastSeq", held.outcome, held.lost_at IS NOT NULL AS back FROM held`;
}

/**
 * Whether any of some events is stored with other content. Apart from the append, which seldom has to ask: whoever reads events
 * by the run of another row has every partition at hand, which costs each time. $1 run; arrays: $2 seqs, $3 digests.
 * Row: when there is one.
 */
export const conflictingEvent: Statement = {
  name: 'conflicting-event',
  text: `
SELECT FROM unnest($2::bigint[], $3::int[]) AS given(seq, digest) CROSS JOIN LATERAL (
  SELECT s.digest FROM events s WHERE s.run_id = $1 AND s.seq = given.seq OFFSET 0
) s
WHERE s.digest <> given.digest LIMIT 1`,
};

export interface AppendOutcome {
  place: number;
  /** Before the append. */
  lastSeq: number;
  outcome: 'lost' | 'finished' | null;
  /** The run was out of reach. */
  back: boolean;
}
