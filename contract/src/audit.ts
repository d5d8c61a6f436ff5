import * as z from 'zod';
import { PageQuery, pageOf } from './lists.js';
import { auditActions } from './plain/audit-words.js';
import type { Route } from './route.js';
import { Instant, JsonObject, Timestamp } from './text.js';

/** What somebody did. It holds no secret, and nothing that was written to or by an agent. */
export const AuditEntry = z
  .strictObject({
    id: z
      .string()
      .regex(/^aud_[0-9a-f]{26}$/)
      .meta({ description: 'The id of the entry: aud_…; they sort by time' }),
    at: Timestamp,
    action: z.string().meta({
      description: `What was done, as one of ${auditActions.join(', ')}; newer servers may have others`,
    }),
    actor: z
      .strictObject({
        kind: z.string().meta({
          description:
            'key, of a person or a program; runner, at its own machine; operator, on the command line of the server; server, by itself',
        }),
        id: z.string().meta({ description: 'Of the key or the runner; for the others their kind' }),
        name: z.string().meta({
          description: 'As it was called then; of an operator the user of the system',
        }),
      })
      .meta({ id: 'AuditActor' }),
    subject: z
      .strictObject({
        id: z.string().meta({ description: 'Of the run, the runner, the key, the approval or the org' }),
        name: z.string().nullable().meta({ description: 'As it was called then' }),
      })
      .meta({ id: 'AuditSubject' }),
    detail: JsonObject.nullable().meta({ description: 'What else there is to know, by action' }),
    requestId: z.string().nullable().meta({ description: 'X-Request-Id of the request' }),
    address: z.string().nullable().meta({
      description: 'Where the request came from, where the server is set to note that (CLIENT_ADDRESS)',
    }),
  })
  .meta({ id: 'AuditEntry', description: 'Something that somebody did' });
export type AuditEntry = z.infer<typeof AuditEntry>;

const Id = z.string().regex(/^[a-z]+_?[a-z0-9]{0,60}$/, { error: 'is no id' });

/** Which entries, of a list or an export. */
const which = {
  actor: Id.optional().meta({ description: 'Id of a key or a runner, or operator, or server' }),
  action: z.enum(auditActions).optional(),
  subject: Id.optional().meta({ description: 'Id of a run, a runner, a key, an approval or the org' }),
  from: Instant.optional().meta({ description: 'That were made then or later' }),
  to: Instant.optional().meta({ description: 'That were made before' }),
};

export const AuditQuery = PageQuery.extend(which);
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditExportQuery = z.strictObject({
  ...which,
  format: z
    .enum(['csv', 'ndjson'])
    .default('csv')
    .meta({ description: 'csv for spreadsheets; ndjson has an AuditEntry in each line' }),
});
export type AuditExportQuery = z.infer<typeof AuditExportQuery>;

/** Of which org, is said by the key. */
export const auditRoutes = {
  listAudit: {
    method: 'GET',
    path: '/audit',
    scope: 'admin',
    tag: 'Audit',
    summary: 'Who did what in the org, newest first',
    query: AuditQuery,
    response: pageOf(AuditEntry),
    status: 200,
    costly: true,
  },
  exportAudit: {
    method: 'GET',
    path: '/audit/export',
    scope: 'admin',
    tag: 'Audit',
    summary: 'The same as a file, however long it is: CSV, or a line of JSON for each entry',
    query: AuditExportQuery,
    response: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
    status: 200,
    bytes: ['text/csv', 'application/x-ndjson'],
    secret: true,
  },
} as const satisfies Record<string, Route>;
