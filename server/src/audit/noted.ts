import type { AuditAction } from '@agentfleet/contract';
import type { Queryable } from '../db/database.js';
import { type Actor, ourselves } from './actor.js';

/** What a statement writes down of what it does. All but `by` and `from` are SQL that sees the rows of `from`. */
export interface Note {
  /** The parameter that `actorValue` fills, e.g. `$3`. */
  by: string;
  /** What has a row for each thing that was done, and none for what was not: a part of the statement. */
  from: string;
  /** An AuditAction, or SQL that gives one. */
  action: AuditAction | { sql: string };
  org: string;
  subject: string;
  name?: string;
  /** jsonb, without secrets and without what people wrote to an agent. */
  detail?: string;
}

/**
 * SQL for a part of a statement, beside the part that does it: both happen, or neither. Ids begin with the time in
 * microseconds, so that they sort by it.
 */
export function noted({ by, from, action, org, subject, name = 'NULL', detail = 'NULL' }: Note): string {
  const what = typeof action === 'string' ? `'${action}'` : action.sql;
  return `
  INSERT INTO audit_entries (org_id, id, at, action, actor_kind, actor_id, actor_name, request_id, address, subject_id,
    subject_name, detail)
  SELECT ${org}, 'aud_' || lpad(to_hex((extract(epoch FROM noting.at) * 1000000)::bigint), 14, '0')
      || left(replace(gen_random_uuid()::text, '-', ''), 12),
    noting.at, ${what}, noting.who ->> 'kind', noting.who ->> 'id', noting.who ->> 'name', noting.who ->> 'requestId',
    noting.who ->> 'address', ${subject}, ${name}, ${detail}
  FROM ${from} CROSS JOIN (SELECT clock_timestamp() AS at, ${by}::jsonb AS who) noting`;
}

/** What fills the parameter `by`. */
export const actorValue = (actor: Actor = ourselves): string => JSON.stringify(actor);

const noteAlone = {
  name: 'note-in-audit',
  text: noted({
    ...{
      by: '$1',
      from: '(SELECT) alone',
      action: { sql: '$2::text' },
      org: '$3::text',
      subject: '$4::text',
    },
    ...{ name: '$5::text', detail: '$6::jsonb' },
  }),
};

/** The same in a statement of its own, for what several statements of a transaction do. */
export async function note(
  tx: Queryable,
  actor: Actor | undefined,
  what: { action: AuditAction; orgId: string; subject: string; name?: string | null; detail?: object },
): Promise<void> {
  const detail = what.detail === undefined ? null : JSON.stringify(what.detail);
  await tx.query(noteAlone, [
    ...[actorValue(actor), what.action, what.orgId, what.subject, what.name ?? null, detail],
  ]);
}
