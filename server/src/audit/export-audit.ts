import { type AuditEntry, type AuditExportQuery, auditCsvHead, auditCsvLine } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { everyAuditEntry } from './read-audit.js';

/** The text of an export, in parts: CSV with a head, or a line of JSON for each entry. */
export async function* exportAudit(
  database: Pick<Database, 'ask'>,
  orgId: string,
  { format, ...which }: AuditExportQuery,
): AsyncGenerator<string> {
  if (format === 'csv') yield auditCsvHead;
  const line = (entry: AuditEntry) => (format === 'csv' ? auditCsvLine(entry) : `${JSON.stringify(entry)}\n`);
  for await (const entries of everyAuditEntry(database, orgId, which)) yield entries.map(line).join('');
}
