import type { AuditEntry } from '../audit.js';
import { csvLine } from './csv.js';

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

/** The first line of entries as CSV. */
export const auditCsvHead = csvLine(Object.keys(columns));

/** The line of an entry. */
export const auditCsvLine = (entry: AuditEntry): string =>
  csvLine(Object.values(columns).map((cell) => cell(entry)));
