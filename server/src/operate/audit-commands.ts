import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AuditExportQuery } from '@agentfleet/contract';
import { exportAudit } from '../audit/export-audit.js';
import { ConfigError } from '../config.js';
import { type Command, orgOf } from './command.js';

export const auditCommands: Record<string, Command> = {
  async 'export-audit'({ database, options }) {
    const query = AuditExportQuery.safeParse({ format: options.format ?? 'csv' });
    if (!query.success) throw new ConfigError('--format must be csv or ndjson.');
    // What is left of one that was deleted stands under its id.
    const orgId = options.org ?? (await orgOf(database, options));
    await pipeline(Readable.from(exportAudit(database, orgId, query.data)), process.stdout, { end: false });
  },
};
