import type { InfiniteData, Query, QueryClient, QueryKey } from '@tanstack/react-query';
import type { RunsFilter, Transport } from '../transport/transport.js';
import { activeBelow, hasGap, type Page, withRuns } from './merge-runs.js';

type Pages = InfiniteData<Page, string>;

/** Sessions that the head of a list is looked at by, and those that are read by id at once. */
const headSize = 50;
const mostIds = 50;
/** Unfinished sessions below the head that one look reads. */
const mostBelow = 200;
/** Pages that a list keeps while it is not on the screen. */
const mostUnseen = 4;

const listKey = ['runs', 'pages'] as const;
/** Under which a list keeps its pages. */
export const pagesKeyOf = (asked: RunsFilter): QueryKey => [...listKey, asked];
export const isList = ({ queryKey }: Pick<Query, 'queryKey'>) =>
  queryKey[0] === listKey[0] && queryKey[1] === listKey[1];

/**
 * Brings these sessions up to date in every list on the screen, without a second look at the others. Lists that are not on
 * the screen are read anew when they are.
 */
export async function refreshRuns(
  queries: QueryClient,
  transport: Transport,
  ids: readonly string[],
): Promise<void> {
  await inLists(queries, async (query, asked) => {
    for (let from = 0; from < ids.length; from += mostIds) {
      const some = ids.slice(from, from + mostIds);
      const { data } = await transport.listRuns({ ...asked, ids: some, limit: mostIds });
      await update(queries, query, (pages) => withRuns(pages, some, data));
    }
  });
}

/** Looks at the newest sessions of each list on the screen, and at those below that are not over. */
export async function lookAtRuns(queries: QueryClient, transport: Transport): Promise<void> {
  await inLists(queries, async (query, asked) => {
    const head = await transport.listRuns({ ...asked, limit: headSize });
    const loaded = (query.state.data as Pages).pages.flatMap(({ data }) => data);
    if (hasGap(loaded, head.data, head.nextCursor === null)) {
      await queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
      return;
    }
    // What stands among the newest and was not found there is no longer one that fits.
    const end = head.nextCursor;
    const among = loaded.filter(({ id }) => end === null || id >= end).map(({ id }) => id);
    await update(queries, query, (pages) => withRuns(pages, among, head.data));
    const below = activeBelow(loaded, head.data).map(({ id }) => id);
    for (let from = 0; from < Math.min(below.length, mostBelow); from += mostIds) {
      const some = below.slice(from, from + mostIds);
      const { data } = await transport.listRuns({ ...asked, ids: some, limit: mostIds });
      await update(queries, query, (pages) => withRuns(pages, some, data));
    }
  });
}

/** Of these sessions those that a list on the screen shows. */
export function shownOf(queries: QueryClient, ids: Iterable<string>): string[] {
  const shown = new Set<string>();
  for (const { state } of queries.getQueryCache().findAll({ predicate: isList, type: 'active' })) {
    for (const { data } of (state.data as Pages | undefined)?.pages ?? [])
      for (const { id } of data) shown.add(id);
  }
  return [...ids].filter((id) => shown.has(id));
}

async function inLists(
  queries: QueryClient,
  work: (query: Query, asked: RunsFilter) => Promise<void>,
): Promise<void> {
  await forgetUnseen(queries);
  const lists = queries.getQueryCache().findAll({ predicate: isList, type: 'active' });
  await Promise.all(
    lists.map(async (query) => {
      await settled(queries, query);
      if (query.state.data !== undefined) await work(query, query.queryKey[2] as RunsFilter);
    }),
  );
}

/** Lists that are not on the screen are read anew when they are: of those that were scrolled far, the beginning. */
export async function forgetUnseen(queries: QueryClient): Promise<void> {
  const unseen = { predicate: isList, type: 'inactive' } as const;
  queries.setQueriesData<Pages>(unseen, (before) => {
    if (!before || before.pages.length <= mostUnseen) return before;
    return { pages: before.pages.slice(0, mostUnseen), pageParams: before.pageParams.slice(0, mostUnseen) };
  });
  await queries.invalidateQueries({ ...unseen, refetchType: 'none' });
}

/** A page that is on its way would be put behind those that were there when it was asked for. */
async function update(queries: QueryClient, query: Query, change: (pages: Page[]) => Page[]): Promise<void> {
  await settled(queries, query);
  queries.setQueryData<Pages>(
    query.queryKey,
    (before) => before && { ...before, pages: change(before.pages) },
  );
}

/** Resolves once nothing of the list is on its way: it has come, has failed, or the list is gone, as after signing out. */
function settled(queries: QueryClient, query: Query): Promise<void> {
  const cache = queries.getQueryCache();
  const isSettled = () => query.state.fetchStatus !== 'fetching' || cache.get(query.queryHash) !== query;
  return new Promise((resolve) => {
    if (isSettled()) return resolve();
    const stop = cache.subscribe(() => {
      if (!isSettled()) return;
      stop();
      resolve();
    });
  });
}
