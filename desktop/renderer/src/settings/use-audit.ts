import { type AuditEntry, auditActions, auditCsvHead, auditCsvLine } from '@agentfleet/contract';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useTransport } from '../base/transport-context.js';
import { daysOf, isRecent, spanOf } from '../sessions/session-filter.js';
import type { AuditFilter, Transport } from '../transport/transport.js';

/** Entries of a page of the list, and of a request of an export. */
const pageSize = 50;
const exportPageSize = 200;
/** Entries that the dashboard puts into one file; the API gives all. */
export const mostExported = 20_000;

/** What is asked for, as it stands in the address. */
export interface AuditView {
  /** An id, or operator, or server. */
  actor: string;
  action: string;
  subject: string;
  when: string;
}

/** Reads the address; what it cannot mean is left out. */
export function readView(search: URLSearchParams): AuditView {
  const when = search.get('when') ?? '';
  const action = search.get('action') ?? '';
  const id = (name: string) => (search.get(name) ?? '').replaceAll(/[^a-z0-9_]/g, '').slice(0, 60);
  return {
    actor: id('actor'),
    subject: id('subject'),
    action: (auditActions as string[]).includes(action) ? action : '',
    when: isRecent(when) || daysOf(when) ? when : '',
  };
}

function filterOf({ when, ...view }: AuditView): AuditFilter {
  const { createdAfter: from, createdBefore: to } = spanOf(when, new Date());
  const given = Object.entries({ ...view, from, to }).filter(([, value]) => value);
  return Object.fromEntries(given);
}

/** The trail, newest first, page by page. */
export function useAudit(view: AuditView) {
  const transport = useTransport();
  return useInfiniteQuery({
    queryKey: ['audit', view],
    queryFn: ({ pageParam }) =>
      transport.listAudit({ ...filterOf(view), cursor: pageParam, limit: pageSize }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

/** What fits the view as CSV, at most `mostExported`. @returns also whether there is more */
export async function auditCsv(
  transport: Transport,
  view: AuditView,
): Promise<{ text: string; isCut: boolean }> {
  const filter = filterOf(view);
  const entries: AuditEntry[] = [];
  for (let cursor: string | null = ''; cursor !== null && entries.length < mostExported; ) {
    const page = await transport.listAudit({ ...filter, cursor, limit: exportPageSize });
    entries.push(...page.data);
    cursor = page.nextCursor;
    if (cursor !== null && entries.length >= mostExported) return { text: csvOf(entries), isCut: true };
  }
  return { text: csvOf(entries), isCut: false };
}

const csvOf = (entries: readonly AuditEntry[]) => auditCsvHead + entries.map(auditCsvLine).join('');
