import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { retryAfterSec } from '../base/queries.js';
import { useTransport } from '../base/transport-context.js';
import { pagesKeyOf } from './refresh-runs.js';
import { fits, type SessionFilter, toRunsFilter } from './session-filter.js';

const pageSize = 50;
/** Pages without one that fits that are looked through before it is asked whether to go on. */
const pagesAtOnce = 10;

/**
 * The sessions that fit, newest first: pages are fetched once, as they are scrolled to; what is new and what changes
 * is put into them as the server tells of it (app/live.ts).
 */
export function useSessions(filter: SessionFilter) {
  const transport = useTransport();
  const queries = useQueryClient();
  const asked = useMemo(() => toRunsFilter(filter), [filter]);

  const pages = useInfiniteQuery({
    queryKey: pagesKeyOf(asked),
    queryFn: ({ pageParam }) =>
      transport.listRuns({ ...asked, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    // All pages again would be asked for.
    refetchInterval: false,
    placeholderData: keepPreviousData,
  });

  const runs = useMemo(
    () => pages.data?.pages.flatMap(({ data }) => data).filter((run) => fits(filter, run)),
    [pages.data, filter],
  );
  // Of a search a page may have none that fit though there are some among older ones.
  const { hasNextPage, isFetching, isPlaceholderData, error, failureReason, fetchNextPage } = pages;
  const looked = pages.data?.pages.length ?? 0;
  const isSearching = runs?.length === 0 && hasNextPage && looked % pagesAtOnce !== 0;
  useEffect(() => {
    if (isSearching && !isFetching && !isPlaceholderData && !error) void fetchNextPage();
  }, [isSearching, isFetching, isPlaceholderData, error, fetchNextPage]);
  return {
    /** undefined while nothing was found yet. */
    runs: isSearching ? undefined : runs,
    /** What is shown was asked with another filter. */
    isOld: pages.isPlaceholderData,
    // Who waits for a page is told why while it is asked for again.
    error: error ?? (retryAfterSec(failureReason) === undefined ? null : failureReason),
    retry: () => void queries.invalidateQueries({ queryKey: ['runs'] }),
    hasOlder: pages.hasNextPage,
    isFetchingOlder: pages.isFetchingNextPage,
    fetchOlder: pages.fetchNextPage,
  };
}
