import type { Run, RunRow } from '@agentfleet/contract';
import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useTransport } from '../app/transport-context.js';
import { type Transport, TransportError } from '../transport/transport.js';
import { activeBelow, hasGap, type Look, mergeRuns } from './merge-runs.js';
import { activeStatuses, fits, type SessionFilter, toRunsFilter } from './session-filter.js';

const pageSize = 100;
const headSize = 50;
/** ms between two looks. The list is a poll of one small page: it needs no open connection a tab, and a look that
 * found nothing new draws nothing. */
const lookMs = 2_000;
/** Sessions below the head that are asked for one by one in one look, at most. */
const mostSingle = 20;

type Page = Awaited<ReturnType<Transport['listRuns']>>;

/**
 * The sessions that fit, newest first: pages are fetched once, as they are scrolled to; what is new and what changes
 * comes by a look at the newest ones and at those that are not over.
 */
export function useSessions(filter: SessionFilter) {
  const transport = useTransport();
  const queries = useQueryClient();
  const asked = useMemo(() => toRunsFilter(filter), [filter]);
  const pagesKey = useMemo(() => ['runs', 'pages', asked], [asked]);

  const pages = useInfiniteQuery({
    queryKey: pagesKey,
    queryFn: ({ pageParam }) =>
      transport.listRuns({ ...asked, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

  const look = useQuery({
    queryKey: ['runs', 'look', asked],
    queryFn: async (): Promise<Look & { all: boolean }> => {
      const head = await transport.listRuns({ ...asked, limit: headSize });
      const loaded =
        queries.getQueryData<InfiniteData<Page>>(pagesKey)?.pages.flatMap(({ data }) => data) ?? [];
      const older = await lookAt(transport, activeBelow(loaded, head.data), asked);
      // Kept in the pages too: once a session is over nobody looks at it again.
      queries.setQueryData<InfiniteData<Page>>(pagesKey, (before) => before && withChanges(before, older));
      return { head: head.data, older, all: head.nextCursor === null };
    },
    refetchInterval: lookMs,
    enabled: pages.data !== undefined && !pages.isPlaceholderData,
  });

  const loaded = useMemo(() => pages.data?.pages.flatMap(({ data }) => data), [pages.data]);
  const gap = loaded !== undefined && look.data && hasGap(loaded, look.data.head, look.data.all);
  useEffect(() => {
    if (gap) void queries.invalidateQueries({ queryKey: pagesKey });
  }, [gap, queries, pagesKey]);

  const runs = useMemo(
    () => loaded && mergeRuns(loaded, look.data, (run) => fits(filter, run)),
    [loaded, look.data, filter],
  );
  return {
    /** undefined while nothing was found yet. */
    runs,
    /** What is shown was asked with another filter. */
    isOld: pages.isPlaceholderData,
    error: pages.error ?? look.error,
    retry: () => void queries.invalidateQueries({ queryKey: ['runs'] }),
    hasOlder: pages.hasNextPage,
    isFetchingOlder: pages.isFetchingNextPage,
    fetchOlder: pages.fetchNextPage,
  };
}

/** The sessions as they are now; null for one that is gone. */
async function lookAt(
  transport: Transport,
  active: readonly Run[],
  asked: ReturnType<typeof toRunsFilter>,
): Promise<Map<string, RunRow | null>> {
  const found = new Map<string, RunRow | null>();
  if (active.length === 0) return found;
  const { data } = await transport.listRuns({ ...asked, status: activeStatuses, limit: 200 });
  for (const run of data) found.set(run.id, run);
  // What is not among the unfinished is over, or there are more of them than one page holds.
  const unknown = active.filter(({ id }) => !found.has(id)).slice(0, mostSingle);
  await Promise.all(
    unknown.map(async ({ id }) => {
      try {
        found.set(id, { ...(await transport.getRun(id)), truncated: false });
      } catch (error) {
        if (!(error instanceof TransportError && error.code === 'NOT_FOUND')) throw error;
        found.set(id, null);
      }
    }),
  );
  return found;
}

function withChanges(before: InfiniteData<Page>, changes: ReadonlyMap<string, RunRow | null>) {
  if (changes.size === 0) return before;
  const pages = before.pages.map((page) => ({
    ...page,
    data: page.data.flatMap((run) => {
      const now = changes.get(run.id);
      return now === null ? [] : [now ?? run];
    }),
  }));
  return { ...before, pages };
}
