import type { Database, Statement } from '../db/database.js';

/** No more of each is counted: beyond that it is a lot. */
const mostCounted = 10_000;

const counted = (rows: string) =>
  `(SELECT count(*) FROM (SELECT FROM ${rows} LIMIT ${mostCounted}) counted)::float8`;

/** $1 how long events are kept, ms, or null. Row: Backlog. */
const backlog: Statement = {
  name: 'housekeeping-backlog',
  text: `
SELECT
  ${counted('deletions')} AS deletions,
  ${counted(`runs WHERE finished_at IS NOT NULL AND events_pruned_at IS NULL AND finished_at < now() - $1::float8 * interval '1 ms'`)} AS logs,
  ${counted(`browser_sessions WHERE expires_at < now()`)} AS browsers,
  ${counted(`idempotency_keys WHERE created_at < now() - interval '24 hours'`)} AS "idempotencyKeys"`,
};

/** What is due to be deleted and is there still: sessions that people deleted, logs past their retention, and what has run out. */
export type Backlog = Record<'deletions' | 'logs' | 'browsers' | 'idempotencyKeys', number>;

/** @param retentionMs how long events are kept; undefined for ever */
export async function readBacklog(
  database: Pick<Database, 'operate'>,
  retentionMs: number | undefined,
): Promise<Backlog> {
  const [row] = await database.operate<Backlog>(backlog, [retentionMs ?? null]);
  if (!row) throw new Error('An aggregate returned no row');
  return row;
}
