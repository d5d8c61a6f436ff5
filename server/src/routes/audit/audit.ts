import { Readable } from 'node:stream';
import { exportAudit } from '../../audit/export-audit.js';
import { readAudit } from '../../audit/read-audit.js';
import { orgOf } from '../../http/caller-of.js';
import type { Handlers } from '../handler.js';

export const auditHandlers: Pick<Handlers, 'listAudit' | 'exportAudit'> = {
  listAudit: ({ context, options, query }) => readAudit(options.database, orgOf(context), query),
  async exportAudit({ context, options, query }) {
    const parts = exportAudit(options.database, orgOf(context), query);
    // What can be refused is refused before the answer begins.
    const { value: first = '' } = await parts.next();
    context.status = 200;
    context.type = query.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
    context.set('Content-Disposition', `attachment; filename="agentfleet-audit.${query.format}"`);
    context.body = Readable.from(
      (async function* () {
        yield first;
        yield* parts;
      })(),
    );
    return undefined;
  },
};
