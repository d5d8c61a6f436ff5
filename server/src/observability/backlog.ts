import { answeredAgainFor } from '../auth/answered-again-for.js';
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
  ${counted(`sign_ins WHERE expires_at < now()`)} +
    ${counted(`api_keys WHERE for_sign_in AND (revoked_at IS NOT NULL OR expires_at < now())`)} AS "signIns",
  ${counted(`approvals a JOIN runs r ON r.id = a.run_id WHERE a.state = 'waiting' AND (r.status <> 'RUNNING' OR r.attempt_token IS DISTINCT FROM a.token)`)} AS approvals,
  ${counted(`idempotency_keys WHERE created_at < now() - interval '${answeredAgainFor}'`)} AS "idempotencyKeys"`,
};

/** What is due to be deleted and is there still: sessions that people deleted, logs past their retention, and what has run out or was left. */
export type Backlog = Record<(typeof backlogKinds)[number], number>;
export const backlogKinds = [
  ...(['deletions', 'logs', 'browsers', 'signIns', 'approvals', 'idempotencyKeys'] as const),
];

/** @param retentionMs how long events are kept; undefined for ever */
export async function readBacklog(
  database: Pick<Database, 'operate'>,
  retentionMs: number | undefined,
): Promise<Backlog> {
  const [row] = await database.operate<Backlog>(backlog, [retentionMs ?? null]);
  if (!row) throw new Error('An aggregate returned no row');
  return row;
}
