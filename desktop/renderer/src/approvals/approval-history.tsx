import { type Run, withHiddenSpelled } from '@agentfleet/contract';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useTransport } from '../base/transport-context.js';
import { EarlierOnes } from '../ui/earlier-ones.js';
import { Seen } from '../ui/seen.js';
import { ClosedLine } from './closed-line.js';
import { askedWords } from './words.js';

/** Approvals that are read at a time. */
const pageSize = 20;

/** Who allowed what in a session, and when; nothing where nothing was asked. */
export function ApprovalHistory({ run }: { run: Run }) {
  const transport = useTransport();
  const pages = useInfiniteQuery({
    // Anew whenever one more or one less waits.
    queryKey: ['approvals', 'history', run.id, run.approvalsWaiting, run.status],
    queryFn: ({ pageParam }) =>
      transport.listApprovals({
        runId: run.id,
        limit: pageSize,
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const approvals = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  if (approvals.length === 0) return null;
  return (
    <section className="flex flex-col gap-2" aria-label="Permissions">
      <h2 className="font-semibold">Permissions</h2>
      <ol className="flex flex-col gap-2">
        {approvals.map((approval) => (
          <li key={approval.id}>
            <p className="mono truncate" title={withHiddenSpelled(askedWords(approval))}>
              <Seen text={askedWords(approval)} />
            </p>
            <ClosedLine {...approval} at={approval.decidedAt ?? approval.requestedAt} />
          </li>
        ))}
      </ol>
      <EarlierOnes pages={pages} />
    </section>
  );
}
