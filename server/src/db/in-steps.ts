import type { Queryable, Statement } from './database.js';

/** Rows of one step that are small: other statements come between two steps, and a server that ends waits for one at most. */
export const rowsAtOnce = 1_000;

/**
 * Repeats a statement that changes some rows until it finds no more. It may be stopped and repeated at any time.
 * @param statement takes the most rows of a step as its last value. Row: { changed }, how many it changed
 * @param values those before
 * @returns how many rows were changed in all
 */
export async function inSteps(
  database: Queryable,
  statement: Statement,
  values: readonly unknown[] = [],
  signal?: AbortSignal,
): Promise<number> {
  let all = 0;
  while (!signal?.aborted) {
    const [row] = await database.query<{ changed: number }>(statement, [...values, rowsAtOnce]);
    const changed = row?.changed ?? 0;
    all += changed;
    if (changed === 0) break;
  }
  return all;
}

/**
 * Deletes some rows of a table. Row: { changed }.
 * @param where on `t`, with values from $1 on. @param most the number of the value that says how many at most
 */
export function deleteSome(name: string, table: string, where: string, most: number): Statement {
  return {
    name,
    text: `
WITH gone AS (
  DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT t.ctid FROM ${table} t WHERE ${where} LIMIT $${most}::int)) RETURNING 1
)
SELECT count(*) AS changed FROM gone`,
  };
}
