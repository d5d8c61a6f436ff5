import { type AuditEntry, type AuditExportQuery, csvLine } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { everyAuditEntry } from './read-audit.js';

const columns: Record<string, (entry: AuditEntry) => string> = {
  at: ({ at }) => at,
  action: ({ action }) => action,
  actor_kind: ({ actor }) => actor.kind,
  actor_id: ({ actor }) => actor.id,
  actor_name: ({ actor }) => actor.name,
  subject_id: ({ subject }) => subject.id,
  subject_name: ({ subject }) => subject.name ?? '',
  detail: ({ detail }) => (detail === null ? '' : JSON.stringify(detail)),
  request_id: ({ requestId }) => requestId ?? '',
  address: ({ address }) => address ?? '',
  id: ({ id }) => id,
};

/** The text of an export, in parts: CSV with a head, or a line of JSON for each entry. */
export async function* exportAudit(
  database: Pick<Database, 'ask'>,
  orgId: string,
  { format, ...which }: AuditExportQuery,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(Object.keys(columns));
  const line = (entry: AuditEntry) =>
    format === 'csv'
      ? csvLine(Object.values(columns).map((cell) => cell(entry)))
      : `${JSON.stringify(entry)}\n`;
  for await (const entries of everyAuditEntry(database, orgId, which)) yield entries.map(line).join('');
}
