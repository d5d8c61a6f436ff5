import type { AuditEntry, AuditExportQuery, AuditQuery, JsonObject } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';

/** Entries that one page looks at, where more is asked than one index knows: docs/decisions/0024-how-lists-are-read.md. */
const mostLooked = 5_000;
/** Entries that an export reads at once. */
const exportedAtOnce = 500;

type Which = Omit<AuditExportQuery, 'format'>;

interface Row {
  /** The oldest of the entries that were looked at, if there may be more; null at the end. */
  edge: string | null;
  /** Null where none fits. */
  id: string | null;
  action: string;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  subject_id: string;
  subject_name: string | null;
  detail: JsonObject | null;
  request_id: string | null;
  address: string | null;
}

/** Where the entries of a time begin, or end: their ids tell it. */
const idFrom = (time: string) =>
  `aud_${(BigInt(Math.max(0, Date.parse(time))) * 1_000n).toString(16).padStart(14, '0')}`;

function select(
  orgId: string,
  { actor, action, subject, from, to }: Which,
  after: string | undefined,
  most: number,
): { statement: Statement; values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const is = {
    ...(subject !== undefined && { subject_id: `subject_id = ${bind(subject)}` }),
    // Most entries are launches, which have no index of their own.
    ...(action !== undefined && {
      action: `action = ${bind(action)}${action === 'run.launch' ? '' : ` AND action <> 'run.launch'`}`,
    }),
    ...(actor !== undefined && { actor_id: `actor_id = ${bind(actor)}` }),
  };
  const leading =
    subject !== undefined
      ? 'subject_id'
      : action !== undefined && action !== 'run.launch'
        ? 'action'
        : actor !== undefined
          ? 'actor_id'
          : undefined;
  const rest = Object.entries(is).filter(([column]) => column !== leading);
  const looked = [
    `org_id = ${bind(orgId)}`,
    ...(leading === undefined ? [] : [is[leading] ?? 'true']),
    ...(after === undefined ? [] : [`id < ${bind(after)}`]),
    ...(from === undefined ? [] : [`id >= ${bind(idFrom(from))}`]),
    ...(to === undefined ? [] : [`id < ${bind(idFrom(to))}`]),
  ];
  const atMost = bind(rest.length === 0 ? most + 1 : mostLooked);
  const name = [
    ...Object.keys(is),
    ...(after === undefined ? [] : ['after']),
    ...(from === undefined ? [] : ['from']),
    ...(to === undefined ? [] : ['to']),
    ...(action === 'run.launch' ? ['launches'] : []),
  ];
  return {
    statement: {
      name: ['select-audit', ...name].join('-').replaceAll('_', '-'),
      text: `
WITH looked AS (
  SELECT * FROM audit_entries WHERE ${looked.join(' AND ')} ORDER BY org_id DESC, id DESC LIMIT ${atMost}
)
SELECT edge.id AS edge, e.id, e.action, e.actor_kind, e.actor_id, e.actor_name, e.subject_id, e.subject_name, e.detail,
  e.request_id, e.address
FROM (SELECT CASE WHEN count(*) >= ${atMost} THEN min(id) END AS id FROM looked) edge LEFT JOIN LATERAL (
  SELECT * FROM looked WHERE ${[...rest.map(([, condition]) => condition), 'true'].join(' AND ')}
  ORDER BY id DESC LIMIT ${bind(most + 1)}
) e ON true
ORDER BY e.id DESC`,
    },
    values,
  };
}

function present(row: Row & { id: string }): AuditEntry {
  const microseconds = Number.parseInt(row.id.slice(4, 18), 16);
  return {
    id: row.id,
    at: new Date(Math.floor(microseconds / 1_000)).toISOString(),
    action: row.action,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    subject: { id: row.subject_id, name: row.subject_name },
    detail: row.detail,
    requestId: row.request_id,
    address: row.address,
  };
}

/** Newest first. A page may have fewer than asked for, or none, while there are more. */
export async function readAudit(
  database: Pick<Database, 'ask'>,
  orgId: string,
  { cursor, limit, ...which }: AuditQuery,
): Promise<{ data: AuditEntry[]; nextCursor: string | null }> {
  const { statement, values } = select(orgId, which, cursor, limit);
  const rows = await database.ask<Row>(statement, values);
  const found = rows.flatMap(({ id, ...row }) => (id === null ? [] : [present({ ...row, id })]));
  const data = found.slice(0, limit);
  const nextCursor = found.length > limit ? data.at(-1)?.id : rows[0]?.edge;
  return { data, nextCursor: nextCursor ?? null };
}

/** All of them, page by page as they are taken. */
export async function* everyAuditEntry(
  database: Pick<Database, 'ask'>,
  orgId: string,
  which: Which,
): AsyncGenerator<AuditEntry[]> {
  for (let cursor: string | undefined; ; ) {
    const page = await readAudit(database, orgId, { ...which, cursor, limit: exportedAtOnce });
    yield page.data;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}
