/**
 * `looked (run_id, nth)`: some runs that have events, in order of id, each found with one look into the index. It stands in a
 * `WITH RECURSIVE`.
 * Parameters, or SQL:
 * @param after all of them lie behind this run
 * @param upTo and before this one
 * @param most how many
 */
export const runsWithEvents = (after: string, upTo: string, most: string) => `looked AS (
  (SELECT run_id, 1 AS nth FROM events WHERE run_id > ${after} AND run_id < ${upTo} ORDER BY run_id LIMIT 1)
  UNION ALL
  SELECT next.run_id, looked.nth + 1 FROM looked CROSS JOIN LATERAL (
    SELECT run_id FROM events WHERE run_id > looked.run_id AND run_id < ${upTo} ORDER BY run_id LIMIT 1
  ) next
  WHERE looked.nth < ${most}
)`;
