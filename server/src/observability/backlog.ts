import { auditIdBefore, auditOrgs } from '../audit/forget-audit.js';
import { answeredAgainFor } from '../auth/answered-again-for.js';
import type { Database, Statement } from '../db/database.js';
import { runIdsFrom } from '../db/ids.js';
import { deletedAloneAfter } from '../housekeeping.js';

/** No more of each is counted: beyond that it is a lot. */
const mostCounted = 10_000;

const counted = (rows: string) =>
  `(SELECT count(*) FROM (SELECT FROM ${rows} LIMIT ${mostCounted}) counted)::float8`;

/**
 * Of the youngest runs that were made so long ago, which a pass comes to last: it begins with the oldest, and no index knows what it has
 * to do. @param kept the number of the value that says for how long, ms; the next one which ids are younger
 */
const oldRuns = (kept: number, left: string) =>
  counted(`(
    SELECT finished_at, status, ${left} AS here FROM runs WHERE id < $${kept + 1} ORDER BY id DESC LIMIT ${mostCounted}
  ) young WHERE here AND finished_at < now() - $${kept}::float8 * interval '1 ms' AND status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`);

/**
 * How long is kept, ms, or null: $1 events, $3 texts, $5 runs, $7 entries of the audit trail; $4 and $6 which ids of runs are younger than
 * those; $2 before which ids events of hidden logs are deleted one by one. Row: Backlog.
 */
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
  ${counted(`idempotency_keys WHERE created_at < now() - interval '${answeredAgainFor}'`)} AS "idempotencyKeys",
  ${counted(`(SELECT run_id FROM events WHERE run_id < $2 LIMIT ${mostCounted}) e JOIN runs r ON r.id = e.run_id WHERE r.events_pruned_at IS NOT NULL`)} AS "hiddenEvents",
  ${oldRuns(3, 'texts_pruned_at IS NULL')} AS texts,
  ${oldRuns(5, 'deleted_at IS NULL')} AS sessions,
  ${counted(`(${auditOrgs}) o CROSS JOIN LATERAL (
    SELECT FROM audit_entries WHERE org_id = o.org_id AND id < ${auditIdBefore('$7')} LIMIT ${mostCounted}
  ) e`)} AS audit`,
};

/** What is due to be deleted and is there still: sessions that people deleted, logs past their retention, and what has run out or was left. */
export type Backlog = Record<(typeof backlogKinds)[number], number>;
export const backlogKinds = [
  'deletions',
  'logs',
  'browsers',
  'signIns',
  'approvals',
  'idempotencyKeys',
  'hiddenEvents',
  'texts',
  'sessions',
  'audit',
] as const;

/** How long what is kept, ms; undefined for ever. */
export type Retention = Partial<
  Record<'retentionMs' | 'textRetentionMs' | 'runRetentionMs' | 'auditRetentionMs', number | undefined>
>;

export async function readBacklog(
  database: Pick<Database, 'operate' | 'now'>,
  { retentionMs, textRetentionMs, runRetentionMs, auditRetentionMs }: Retention,
): Promise<Backlog> {
  const now = database.now();
  const idsFrom = (keptMs: number | undefined) => (keptMs === undefined ? null : runIdsFrom(now - keptMs));
  const [row] = await database.operate<Backlog>(backlog, [
    retentionMs ?? null,
    idsFrom(retentionMs && deletedAloneAfter(retentionMs)),
    ...[textRetentionMs ?? null, idsFrom(textRetentionMs)],
    ...[runRetentionMs ?? null, idsFrom(runRetentionMs)],
    auditRetentionMs ?? null,
  ]);
  if (!row) throw new Error('An aggregate returned no row');
  return row;
}
