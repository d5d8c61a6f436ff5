import type { JsonObject, Usage } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';

const hasEnded = `r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;

/** Runs that have ended, oldest first. $1 after this id, $2 org or an empty text for all, $3 most. Rows: { id }. */
export const endedRuns: Statement = {
  name: 'ended-runs',
  text: `
SELECT r.id FROM runs r
WHERE r.id > $1 AND ($2::text = '' OR r.org_id = $2) AND ${hasEnded}
ORDER BY r.id LIMIT $3`,
};

const countedColumns = `r.id, r.thread_id, r.queue_order, r.status, r.num_turns, r.cost_usd, r.usage, (
    SELECT p.agent_session_id FROM runs p WHERE p.id = r.parent_run_id AND NOT r.fresh
  ) AS resumed,
  r.last_seq > 0 AND NOT EXISTS (SELECT FROM events e WHERE e.run_id = r.id AND e.seq = 1)
    AND NOT EXISTS (SELECT FROM moved_logs m WHERE m.run_id = r.id AND m.first_seq = 1 AND m.doomed_at IS NULL) AS pruned,
  CASE WHEN r.attempt > 1 THEN r.attempt_first_seq::float8 || ARRAY(
    SELECT a.first_seq::float8 FROM attempts a WHERE a.run_id = r.id AND a.first_seq < r.attempt_first_seq
  ) ELSE '{1}'::float8[] END AS first_seqs`;

/** $1 ids. Rows: a CountedRun for each that has ended. */
export const countedRuns: Statement = {
  name: 'counted-runs',
  text: `SELECT ${countedColumns} FROM runs r WHERE r.id = ANY($1::text[]) AND ${hasEnded} ORDER BY r.id`,
};

/** What came before a run in its thread, newest first. $1 thread, $2 queue order, $3 most. Rows: a CountedRun each. */
export const runsBefore: Statement = {
  name: 'runs-before',
  text: `
SELECT ${countedColumns} FROM runs r
WHERE (r.id = $1 OR (r.thread_id = $1 AND r.parent_run_id IS NOT NULL)) AND r.queue_order < $2
ORDER BY r.queue_order DESC LIMIT $3`,
};

export interface CountedRun {
  id: string;
  thread_id: string;
  queue_order: number;
  status: string;
  num_turns: number | null;
  cost_usd: number | null;
  usage: Usage | null;
  /** The session that it was to resume. */
  resumed: string | null;
  /** Events from the beginning of its log are gone. */
  pruned: boolean;
  /** Where its attempts began in the log, in any order. */
  first_seqs: number[];
}

/** What Claude Code said of figures in logs that lie in the database. @param which SQL: of which events `e` */
export const saidOf = (which: string) => `
SELECT e.run_id, e.seq, CASE e.kind
  WHEN 'system' THEN jsonb_build_object('type', 'system', 'subtype', 'init',
    'claude_code_version', e.data -> 'claude_code_version')
  ELSE e.data - 'result' END AS message
FROM events e
WHERE ${which} AND e.kind IN ('system', 'result', 'error')
  AND CASE e.kind WHEN 'system' THEN e.data ->> 'subtype' = 'init' ELSE e.data ->> 'type' = 'result' END`;

/** The same wherever they lie, in order: of those that were moved it was noted then. $1 ids. Rows: a Said each. */
export const saidOfFigures: Statement = {
  name: 'said-of-figures',
  text: `${saidOf('e.run_id = ANY($1::text[])')}
UNION ALL
SELECT m.run_id, (said ->> 'seq')::bigint, said -> 'message'
FROM moved_logs m CROSS JOIN LATERAL jsonb_array_elements(m.figures) said
WHERE m.run_id = ANY($1::text[]) AND m.doomed_at IS NULL
ORDER BY run_id, seq`,
};

export interface Said {
  run_id: string;
  seq: number;
  message: JsonObject;
}

/** $1 run, $2 to $4 the new turns, cost in USD and usage, $5 and $6 the turns and cost that it must still have. Rows: { id }. */
export const setFigures: Statement = {
  name: 'set-figures',
  text: `
UPDATE runs r SET num_turns = $2, cost_usd = $3, usage = $4::text::jsonb
WHERE r.id = $1 AND ${hasEnded} AND r.num_turns IS NOT DISTINCT FROM $5::int AND r.cost_usd IS NOT DISTINCT FROM $6::float8
RETURNING r.id`,
};
