import type { Statement } from '../../db/database.js';

/**
 * Empties the texts of runs that ended long ago: prompt, result, the sentence of a failure, what approvals were about. Looks at some
 * runs in order of id, so that no index has to be kept for it, which every run would pay for. One that was lost and may have come back with
 * its end is given up: that would bring texts again. Any server may do it at any time.
 * $1 how long ago, in ms; $2 after which id, $3 most runs looked at.
 * Row: a PrunedTexts.
 */
export const pruneTexts: Statement = {
  name: 'prune-texts',
  text: `
WITH looked AS (
  SELECT id, texts_pruned_at IS NULL AND finished_at < now() - $1 * interval '1 ms' AS due
  FROM runs WHERE id > $2 ORDER BY id LIMIT $3
),
old AS (
  SELECT r.id FROM looked CROSS JOIN LATERAL (
    SELECT r.id FROM runs r
    WHERE r.id = looked.id AND r.texts_pruned_at IS NULL AND r.finished_at < now() - $1 * interval '1 ms'
      AND r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')
    FOR NO KEY UPDATE SKIP LOCKED
  ) r WHERE looked.due
),
pruned AS (
  UPDATE runs r SET texts_pruned_at = now(), input = '', result = NULL, failure_message = NULL,
    attempt_outcome = CASE WHEN r.attempt_outcome = 'lost' THEN 'revoked' ELSE r.attempt_outcome END
  FROM old WHERE r.id = old.id
  RETURNING r.id
),
answered AS (
  UPDATE approvals a SET message = '', input = '{}', session_grant = NULL, reason = NULL, answers = NULL
  FROM pruned WHERE a.run_id = pruned.id
)
SELECT (SELECT max(id) FROM looked) AS last, (SELECT count(*) FROM pruned) AS runs`,
};
export interface PrunedTexts {
  /** Where to go on; null at the end. */
  last: string | null;
  /** How many lost their texts. */
  runs: number;
}
